//! One tree of values in which each node remembers who set it. Upper layers are laid over lower ones.
//!
//! Tables are merged key by key; lists and plain values are replaced as a whole, so that a file which
//! lists two feeds does not inherit a third one from the defaults.

use std::collections::BTreeMap;

use toml::{
    Spanned, Table, Value,
    de::{DeTable, DeValue},
};

use super::{Error, Origin, SettingPath};

/// Values and their origins. No `Debug`: among the values are secrets.
#[derive(Clone, Default)]
pub(super) struct Layers {
    table: Table,
    origins: BTreeMap<SettingPath, Origin>,
}

impl Layers {
    /// Reads a TOML document; `origin` tells for a line who set it.
    pub(super) fn parse(text: &str, origin: impl Fn(usize) -> Origin) -> Result<Self, Error> {
        let failed = |error: toml::de::Error| Error::Syntax {
            origin: origin(line_at(text, error.span().map_or(0, |span| span.start))),
            message: error.message().to_owned(),
        };
        let table = toml::from_str(text).map_err(failed)?;
        let spanned = DeTable::parse(text).map_err(failed)?;
        let mut origins = BTreeMap::new();
        let mut note = |path: &SettingPath, offset| {
            origins.insert(path.clone(), origin(line_at(text, offset)));
        };
        walk_table(&SettingPath::default(), spanned.get_ref(), &mut note);
        Ok(Self { table, origins })
    }

    /// Lays `upper` over this.
    pub(super) fn overlay(&mut self, upper: Self) {
        let Self { table, origins } = upper;
        merge(&mut self.table, table, &SettingPath::default(), &mut self.origins);
        self.origins.extend(origins);
    }

    /// Sets one value, making the tables and the one list element on the way to it.
    ///
    /// # Errors
    /// The path as far as it led, when what is there is no table or list, or the list is too short.
    pub(super) fn set(&mut self, path: &SettingPath, value: Value, origin: Origin) -> Result<(), SettingPath> {
        let (Some(key), Some(parent)) = (path.last(), path.parent()) else { return Err(path.clone()) };
        self.origins.retain(|known, _| !known.starts_with(path));
        let mut at = SettingPath::default();
        let mut node = Node::Table(&mut self.table);
        for segment in parent.segments() {
            at = at.child(segment);
            self.origins.entry(at.clone()).or_insert_with(|| origin.clone());
            node = node.enter(segment).ok_or_else(|| at.clone())?;
        }
        node.put(key, value).ok_or(at)?;
        self.origins.insert(path.clone(), origin);
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &SettingPath) {
        let (Some(key), Some(parent)) = (path.last(), path.parent()) else { return };
        let mut node = Some(Node::Table(&mut self.table));
        for segment in parent.segments() {
            node = node.and_then(|node| node.find(segment));
        }
        if let Some(Node::Table(table)) = node {
            table.remove(key);
        }
        self.origins.remove(path);
    }

    pub(super) fn get(&self, path: &SettingPath) -> Option<&Value> {
        let (first, rest) = path.segments().split_first()?;
        rest.iter().try_fold(self.table.get(first)?, |value, segment| match value {
            Value::Table(table) => table.get(segment),
            Value::Array(elements) => elements.get(segment.parse::<usize>().ok()?),
            Value::String(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => None,
        })
    }

    /// Who set this, or the nearest thing around it.
    pub(super) fn origin(&self, path: &SettingPath) -> Origin {
        let around = std::iter::successors(Some(path.clone()), SettingPath::parent);
        around.filter_map(|path| self.origins.get(&path).cloned()).next().unwrap_or(Origin::Default)
    }

    /// Whether somebody gave this very setting, or the table that it is in as a whole, a value; a default is nobody's.
    pub(super) fn sets(&self, path: &SettingPath) -> bool {
        self.origins.get(path).is_some_and(|origin| !matches!(origin, Origin::Default))
    }

    /// Every setting that has an origin, tables included.
    pub(super) fn paths(&self) -> impl Iterator<Item = &SettingPath> {
        self.origins.keys()
    }

    pub(super) const fn table(&self) -> &Table {
        &self.table
    }
}

/// Where a walk stands: a place that has children.
enum Node<'a> {
    Table(&'a mut Table),
    Array(&'a mut Vec<Value>),
}

impl<'a> Node<'a> {
    fn enter(self, segment: &str) -> Option<Self> {
        let value = match self {
            Self::Table(table) => table.entry(segment.to_owned()).or_insert_with(|| Value::Table(Table::new())),
            Self::Array(elements) => {
                let index: usize = segment.parse().ok()?;
                if index == elements.len() {
                    elements.push(Value::Table(Table::new()));
                }
                elements.get_mut(index)?
            }
        };
        Self::of(value)
    }

    /// Like [`Self::enter`], and makes nothing on the way.
    fn find(self, segment: &str) -> Option<Self> {
        match self {
            Self::Table(table) => Self::of(table.get_mut(segment)?),
            Self::Array(elements) => Self::of(elements.get_mut(segment.parse::<usize>().ok()?)?),
        }
    }

    fn of(value: &'a mut Value) -> Option<Self> {
        match value {
            Value::Table(table) => Some(Self::Table(table)),
            Value::Array(elements) => Some(Self::Array(elements)),
            Value::String(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => None,
        }
    }

    fn put(self, key: &str, value: Value) -> Option<()> {
        match self {
            Self::Table(table) => {
                table.insert(key.to_owned(), value);
            }
            Self::Array(elements) => {
                let index: usize = key.parse().ok()?;
                if index == elements.len() {
                    elements.push(value);
                } else {
                    *elements.get_mut(index)? = value;
                }
            }
        }
        Some(())
    }
}

fn merge(lower: &mut Table, upper: Table, at: &SettingPath, origins: &mut BTreeMap<SettingPath, Origin>) {
    for (key, value) in upper {
        let path = at.child(&key);
        match (lower.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => merge(below, above, &path, origins),
            (_, value) => {
                origins.retain(|known, _| !known.starts_with(&path));
                lower.insert(key, value);
            }
        }
    }
}

fn walk_table(at: &SettingPath, table: &DeTable<'_>, note: &mut impl FnMut(&SettingPath, usize)) {
    for (key, value) in table {
        walk_value(&at.child(key.get_ref()), value, note);
    }
}

fn walk_value(path: &SettingPath, value: &Spanned<DeValue<'_>>, note: &mut impl FnMut(&SettingPath, usize)) {
    note(path, value.span().start);
    match value.get_ref() {
        DeValue::Table(table) => walk_table(path, table, note),
        DeValue::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                walk_value(&path.child(index), element, note);
            }
        }
        DeValue::String(_) | DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {}
    }
}

fn line_at(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.matches('\n').count().saturating_add(1)
}
