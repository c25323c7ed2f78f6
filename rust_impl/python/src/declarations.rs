//! No twin: what the core declares, as plain data by which a test holds the contract's Python to it.

use omega_core::types::columns::{Column, Kind};
use omega_core::types::config::{Field, FieldKind, RECORDS};
use omega_core::types::indicators::{Declared, Fallback, INDICATORS, Parameter, ParameterKind};
use omega_core::types::ranges::RANGES;
use omega_core::types::{CLOSED_SETS, Metric, Metrics, TABLES, TIMEFRAMES};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Every declaration by its kind: closed sets, timeframes, metrics, ranges, tables, records, indicators.
pub fn declarations(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let sets = dict(py, CLOSED_SETS.iter().map(|set| Ok((set.name, dict(py, set.members.iter().copied().map(Ok))?))))?;
    let metrics = Metrics::default().entries();
    let tables = TABLES.iter().map(|&(name, columns)| {
        Ok((name, dict(py, columns.iter().map(|column| Ok((column.name, described_column(py, column)?))))?))
    });
    let records = RECORDS.iter().map(|&(name, fields)| {
        Ok((name, dict(py, fields.iter().map(|field| Ok((field.name, described_field(py, field)?))))?))
    });
    let all = PyDict::new(py);
    all.set_item("closed_sets", sets)?;
    all.set_item("timeframes", dict(py, TIMEFRAMES.iter().copied().map(Ok))?)?;
    all.set_item("metrics", dict(py, metrics.into_iter().map(|(name, value)| Ok((name, metric_type(value)))))?)?;
    all.set_item("ranges", dict(py, RANGES.iter().map(|&(name, range)| Ok((name, (range.least, range.most)))))?)?;
    all.set_item("tables", dict(py, tables)?)?;
    all.set_item("records", dict(py, records)?)?;
    let indicators = INDICATORS.iter().map(|indicator| Ok((indicator.name, described_indicator(py, indicator)?)));
    all.set_item("indicators", dict(py, indicators)?)?;
    Ok(all)
}

fn dict<'py, V: IntoPyObject<'py>>(
    py: Python<'py>,
    items: impl Iterator<Item = PyResult<(&'static str, V)>>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for item in items {
        let (name, value) = item?;
        dict.set_item(name, value)?;
    }
    Ok(dict)
}

const fn metric_type(value: Metric) -> &'static str {
    match value {
        Metric::Count(_) => "int",
        Metric::Number(_) => "float",
        Metric::Optional(_) => "float | None",
    }
}

fn described_column<'py>(py: Python<'py>, column: &Column) -> PyResult<Bound<'py, PyDict>> {
    let set = if let Kind::Member(set) = column.kind { Some(set.name) } else { None };
    let described = PyDict::new(py);
    described.set_item("type", column_type(column.kind))?;
    described.set_item("closed_set", set)?;
    described.set_item("nullable", column.is_nullable)?;
    described.set_item("optional", column.is_optional)?;
    Ok(described)
}

const fn column_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Timestamp => "timestamp",
        Kind::Duration => "duration",
        Kind::Float => "float64",
        Kind::Int => "int64",
        Kind::SmallInt => "int32",
        Kind::Flag => "bool",
        Kind::Text | Kind::Member(_) => "utf8",
        Kind::TextList => "list of utf8",
        Kind::TextMap => "map of utf8 to utf8",
    }
}

fn described_field<'py>(py: Python<'py>, field: &Field) -> PyResult<Bound<'py, PyDict>> {
    let described = PyDict::new(py);
    described.set_item("type", field_type(field.kind))?;
    described.set_item("optional", field.is_optional)?;
    described.set_item("key", field.key)?;
    described.set_item("range", dict(py, field.range.iter().copied().map(Ok))?)?;
    Ok(described)
}

fn field_type(kind: FieldKind) -> String {
    match kind {
        FieldKind::Float => "float",
        FieldKind::Int => "int",
        FieldKind::Flag => "bool",
        FieldKind::Text => "str",
        FieldKind::Member(set) => set.name,
        FieldKind::Record(name) => name,
        FieldKind::Times => "tuple of int",
        FieldKind::Floats => "tuple of float",
        FieldKind::Records(name) => return format!("tuple of {name}"),
    }
    .to_owned()
}

fn described_indicator<'py>(py: Python<'py>, indicator: &Declared) -> PyResult<Bound<'py, PyDict>> {
    let parameters = indicator.parameters.iter().copied().flatten();
    let described = PyDict::new(py);
    described.set_item("parameters", dict(py, parameters.map(|one| Ok((one.name, described_parameter(py, one)?))))?)?;
    described.set_item("outputs", indicator.outputs)?;
    Ok(described)
}

fn described_parameter<'py>(py: Python<'py>, parameter: &Parameter) -> PyResult<Bound<'py, PyDict>> {
    let described = PyDict::new(py);
    described.set_item("kind", parameter.kind.name())?;
    let range = if let ParameterKind::Length(least, most) = parameter.kind { Some((least, most)) } else { None };
    described.set_item("range", range)?;
    let choices = if let ParameterKind::Choice(choices) = parameter.kind { choices } else { &[] };
    described.set_item("choices", choices)?;
    match parameter.fallback {
        Fallback::Required | Fallback::Absent => described.set_item("default", py.None())?,
        Fallback::Length(length) => described.set_item("default", length)?,
        Fallback::Number(number) => described.set_item("default", number)?,
        Fallback::Flag(flag) => described.set_item("default", flag)?,
    }
    described.set_item("optional", parameter.fallback == Fallback::Absent)?;
    described.set_item("only_with", parameter.only_with)?;
    Ok(described)
}
