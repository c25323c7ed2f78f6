//! No twin: which buffers and children the formats of Arrow's C data interface have.

/// The outer shape of an array, as far as a consumer can hold its producer to it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Layout {
    pub has_validity: bool,
    /// Buffers beside the validity; the least number where it `is_variadic`.
    pub buffers: i64,
    pub is_variadic: bool,
    /// Bytes of an offset, where the first buffer holds them and a second one what they point into.
    pub offset_width: Option<usize>,
    /// None where the schema decides.
    pub children: Option<i64>,
    /// Whether a dictionary may stand behind the values.
    pub is_index: bool,
    rows_of_child: ChildRows,
}

/// How many rows a child has at least.
#[derive(Debug, Default, PartialEq, Eq)]
enum ChildRows {
    #[default]
    Any,
    AsMany,
    Times(i64),
}

impl Layout {
    /// The least length of a child for `rows` of its parent; none where it is beyond any memory.
    pub fn least_rows_of_child(&self, rows: i64) -> Option<i64> {
        match self.rows_of_child {
            ChildRows::Any => Some(0),
            ChildRows::AsMany => Some(rows),
            ChildRows::Times(size) => rows.checked_mul(size),
        }
    }
}

/// The layout of a format; none for a format that Arrow does not have.
pub fn layout_of(format: &str) -> Option<Layout> {
    let fixed = layout_fixed();
    let offsets = |width| Layout { buffers: 2, offset_width: Some(width), ..layout_fixed() };
    let nested = |buffers, children| Layout { has_validity: true, buffers, children, ..Layout::default() };
    Some(match format {
        "n" => Layout { children: Some(0), ..Layout::default() },
        "c" | "C" | "s" | "S" | "i" | "I" | "l" | "L" => Layout { is_index: true, ..fixed },
        "b" | "e" | "f" | "g" => fixed,
        "u" | "z" => offsets(4),
        "U" | "Z" => offsets(8),
        "vu" | "vz" => Layout { buffers: 2, is_variadic: true, ..fixed },
        "+l" | "+m" => Layout { offset_width: Some(4), ..nested(1, Some(1)) },
        "+L" => Layout { offset_width: Some(8), ..nested(1, Some(1)) },
        "+vl" | "+vL" => nested(2, Some(1)),
        "+s" => Layout { rows_of_child: ChildRows::AsMany, ..nested(0, None) },
        "+r" => Layout { children: Some(2), ..Layout::default() },
        _ => return layout_with_parameters(format),
    })
}

fn layout_fixed() -> Layout {
    Layout { has_validity: true, buffers: 1, children: Some(0), ..Layout::default() }
}

fn layout_with_parameters(format: &str) -> Option<Layout> {
    if let Some(size) = format.strip_prefix("+w:") {
        let size = size.parse::<i32>().ok().filter(|&size| size >= 0)?;
        let rows_of_child = ChildRows::Times(i64::from(size));
        return Some(Layout { buffers: 0, children: Some(1), rows_of_child, ..layout_fixed() });
    }
    if let Some(size) = format.strip_prefix("w:") {
        return size.parse::<i32>().ok().filter(|&size| size >= 0).map(|_| layout_fixed());
    }
    if format.starts_with("+us:") {
        return Some(Layout { buffers: 1, rows_of_child: ChildRows::AsMany, ..Layout::default() });
    }
    if format.starts_with("+ud:") {
        return Some(Layout { buffers: 2, ..Layout::default() });
    }
    let is_time = ["td", "tt", "ts", "tD", "ti"].iter().any(|prefix| format.starts_with(prefix));
    (is_time || format.starts_with("d:")).then(layout_fixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_and_a_text_have_their_buffers() {
        assert_eq!(layout_of("tsu:UTC").map(|layout| (layout.has_validity, layout.buffers)), Some((true, 1)));
        assert_eq!(layout_of("u").map(|layout| (layout.buffers, layout.offset_width)), Some((2, Some(4))));
    }

    #[test]
    fn a_list_of_fixed_size_needs_as_many_values() {
        let list = layout_of("+w:3").unwrap_or_default();
        assert_eq!(list.least_rows_of_child(5), Some(15));
        assert_eq!(list.least_rows_of_child(i64::MAX), None);
    }

    #[test]
    fn what_arrow_does_not_have_is_none() {
        assert_eq!(layout_of(""), None);
        assert_eq!(layout_of("w:-1"), None);
        assert_eq!(layout_of("+x"), None);
    }
}
