//! What a column of a table can be: its type at the boundary (T-8a), and how the core stores it.
//!
//! A declaration names a column by a [`Cell`]: `Time`, `Option<Float>`, `Direction`. It decides the type at the
//! boundary, whether a row may lack the value, and what the core keeps: numbers without any mark of absence beside
//! them, so that they move into Arrow as they are. What stands for "not set" is said here, once per cell.

use super::sets::ClosedSet;
use super::{UNSET_FLOAT, UNSET_TIME};

/// The types of the boundary (T-8a).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// µs since the epoch, UTC.
    Timestamp,
    /// µs.
    Duration,
    /// A 64-bit float.
    Float,
    /// A 64-bit integer.
    Int,
    /// A 32-bit integer.
    SmallInt,
    /// Yes or no.
    Flag,
    /// UTF-8.
    Text,
    /// UTF-8 out of a closed set.
    Member(ClosedSet),
    /// A list of texts.
    TextList,
    /// A map of texts to texts.
    TextMap,
}

/// A column as its table declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name at the boundary and in the core.
    pub name: &'static str,
    /// The type at the boundary.
    pub kind: Kind,
    /// Whether a row may lack the value.
    pub is_nullable: bool,
    /// Whether an incoming table may lack the column.
    pub is_optional: bool,
}

impl Column {
    /// The column `name` of cells `C`.
    #[must_use]
    pub const fn of<C: Cell>(name: &'static str) -> Self {
        let is_optional = C::IS_NULLABLE || C::HAS_DEFAULT;
        Self { name, kind: C::KIND, is_nullable: C::IS_NULLABLE, is_optional }
    }
}

/// The values of one column on their way out; where the column is nullable, the value named stands for null.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// The core does not carry them: whoever exports the table has them.
    Given,
    /// Times, durations and integers.
    Ints {
        /// One per row.
        values: Vec<i64>,
        /// What stands for null.
        unset: i64,
    },
    /// 0 stands for null.
    SmallInts(Vec<i32>),
    /// [`UNSET_FLOAT`] stands for null.
    Floats(Vec<f64>),
    /// Yes or no, never null.
    Flags(Vec<bool>),
    /// Numbers of a closed set's members; [`NO_MEMBER`] stands for null.
    Members(Vec<u8>),
}

/// The number that no member of a closed set has.
pub const NO_MEMBER: u8 = u8::MAX;

/// A table of columns.
pub trait Table {
    /// Its columns, in the order of the schema.
    const COLUMNS: &'static [Column];

    /// Columns and values, in the order of the schema.
    fn into_columns(self) -> Vec<(Column, Values)>;
}

/// Whoever can read a column of cells `C` out of an incoming table.
pub trait ReadCells<C: Cell>: Reader {
    /// The values of all rows, unset where a row or the table lacks them.
    ///
    /// # Errors
    /// The reader's own.
    fn read_cells(&mut self, column: &Column) -> Result<Vec<C::Stored>, Self::Error>;
}

/// Whoever reads a declaration, column by column or field by field.
pub trait Reader {
    /// What goes wrong with it.
    type Error;
}

/// What a column holds in each row.
pub trait Cell {
    /// What the core keeps per row.
    type Stored: Copy;
    /// The type at the boundary.
    const KIND: Kind;
    /// Whether a row may lack the value.
    const IS_NULLABLE: bool = false;
    /// Whether an incoming table may lack the column although no row may lack the value.
    const HAS_DEFAULT: bool = false;
    /// What is kept where there is no value.
    const UNSET: Self::Stored;

    /// The column on its way out.
    fn values(column: Vec<Self::Stored>) -> Values;
}

macro_rules! cells {
    ($($(#[$doc:meta])* $name:ident: $stored:ty as $kind:ident, unset $unset:expr, $values:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl Cell for $name {
            type Stored = $stored;
            const KIND: Kind = Kind::$kind;
            const UNSET: $stored = $unset;

            fn values(column: Vec<$stored>) -> Values {
                $values(column)
            }
        }

        impl Cell for Option<$name> {
            type Stored = $stored;
            const KIND: Kind = Kind::$kind;
            const IS_NULLABLE: bool = true;
            const UNSET: $stored = $unset;

            fn values(column: Vec<$stored>) -> Values {
                $values(column)
            }
        }
    )*};
}

cells! {
    /// A point in time, µs since the epoch, UTC.
    Time: i64 as Timestamp, unset UNSET_TIME, |values| Values::Ints { values, unset: UNSET_TIME };
    /// A length of time, µs.
    Duration: i64 as Duration, unset UNSET_TIME, |values| Values::Ints { values, unset: UNSET_TIME };
    /// A price, a size, money.
    Float: f64 as Float, unset UNSET_FLOAT, Values::Floats;
    /// The number of an order, from 1.
    OrderId: i64 as Int, unset 0, |values| Values::Ints { values, unset: 0 };
    /// A number of the caller's choice.
    MagicNumber: i64 as Int, unset 0, |values| Values::Ints { values, unset: 0 };
    /// A place in a table or a log, from 0.
    Row: i64 as Int, unset -1, |values| Values::Ints { values, unset: -1 };
    /// How many, from 0.
    Count: u64 as Int, unset 0, |values: Vec<u64>| Values::Ints {
        values: values.into_iter().map(u64::cast_signed).collect(),
        unset: UNSET_TIME,
    };
    /// How many, in a run that has few.
    SmallCount: u32 as Int, unset 0, |values: Vec<u32>| Values::Ints {
        values: values.into_iter().map(i64::from).collect(),
        unset: UNSET_TIME,
    };
    /// Yes or no.
    Flag: bool as Flag, unset false, Values::Flags;
    /// 64 bits as a number.
    Bits: i64 as Int, unset 0, |values| Values::Ints { values, unset: 0 };
    /// A code of X-1.
    Code: i32 as SmallInt, unset 0, Values::SmallInts;
    /// The number of a symbol (M-2), whose name the core never carries.
    SymbolNumber: u16 as Text, unset 0, |_| Values::Given;
    /// Text, which the core never carries.
    Text: () as Text, unset (), |_| Values::Given;
    /// Texts, which the core never carries.
    TextList: () as TextList, unset (), |_| Values::Given;
    /// Texts by text, which the core never carries.
    TextMap: () as TextMap, unset (), |_| Values::Given;
}

/// No row lacks the value, but an incoming table may lack the column; the rows are then as if it held zeros.
#[derive(Clone, Copy, Debug)]
pub struct OrZero<C>(std::marker::PhantomData<C>);

impl<C: Cell<Stored = i64>> Cell for OrZero<C> {
    type Stored = i64;
    const KIND: Kind = C::KIND;
    const HAS_DEFAULT: bool = true;
    const UNSET: i64 = 0;

    fn values(column: Vec<i64>) -> Values {
        C::values(column)
    }
}
