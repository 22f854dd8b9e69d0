//! Which columns of a batch are what.

use std::collections::BTreeSet;

/// Names of columns that the schema calls otherwise, and whether there may be others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// What Arrow calls a column, and the schema.
    renamed: Vec<(String, String)>,
    pub(crate) refuse_unknown: bool,
}

impl Names {
    fn rename(&mut self, column: impl Into<String>, name: impl Into<String>) {
        self.renamed.push((column.into(), name.into()));
    }

    /// Whether a field of a struct is called otherwise.
    #[cfg(feature = "parquet")]
    pub(crate) fn is_within(&self, column: &str) -> bool {
        let of_struct = |from: &str| {
            from.strip_prefix(column)
                .is_some_and(|rest| rest.starts_with('.'))
        };
        self.renamed.iter().any(|(from, _)| of_struct(from))
    }

    /// What the schema calls a column.
    pub(crate) fn in_schema<'n>(&'n self, column: &'n str) -> &'n str {
        let renamed = self.renamed.iter().find(|(from, _)| from == column);
        renamed.map_or(column, |(_, to)| to)
    }
}

/// The columns of a batch of profiles.
///
/// Default: the id is in `id` and the tags, if there are any, in `tags`, a list of texts. Every other column that bears the name of an
/// attribute is that attribute, and the field `email` of a struct `consent` is the attribute `consent.email`. Further columns are not
/// read, unless they are [refused](Self::refuse_unknown); attributes without a column are missing.
#[derive(Clone, Debug)]
pub struct ProfileColumns {
    pub(crate) id: String,
    pub(crate) tags: String,
    pub(crate) names: Names,
}

impl Default for ProfileColumns {
    fn default() -> Self {
        ProfileColumns {
            id: "id".to_owned(),
            tags: "tags".to_owned(),
            names: Names::default(),
        }
    }
}

impl ProfileColumns {
    /// The column of the ids: texts, whole numbers, or UUIDs of 16 bytes.
    #[must_use]
    pub fn id(mut self, column: impl Into<String>) -> Self {
        self.id = column.into();
        self
    }

    /// The column of the tags.
    #[must_use]
    pub fn tags(mut self, column: impl Into<String>) -> Self {
        self.tags = column.into();
        self
    }

    /// A column is the attribute of another name.
    #[must_use]
    pub fn rename(mut self, column: impl Into<String>, attribute: impl Into<String>) -> Self {
        self.names.rename(column, attribute);
        self
    }

    /// A column that is no attribute is an error.
    #[must_use]
    pub fn refuse_unknown(mut self) -> Self {
        self.names.refuse_unknown = true;
        self
    }
}

/// What becomes of an event whose profile is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strangers {
    /// It is an error.
    #[default]
    Refuse,
    /// It is left out, and counted.
    Skip,
    /// There is such a profile from then on, of which nothing else is known.
    Add,
}

/// The kind of the events of a batch.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Given(String),
    Column(String),
}

/// The columns of a batch of events.
///
/// Default: whose an event is stands in `profile`, when it was in `at`, its kind in `kind` and its id, if there is such a column, in `id`.
/// Every other column that bears the name of a property is that property, in a struct `props` or beside it. Of each kind those
/// columns are read that are properties of that kind; those of no kind are not read, unless they are [refused](Self::refuse_unknown).
/// Properties without a column are missing.
#[derive(Clone, Debug)]
pub struct EventColumns {
    pub(crate) profile: String,
    pub(crate) at: String,
    pub(crate) kind: Kind,
    pub(crate) id: String,
    pub(crate) names: Names,
    pub(crate) strangers: Strangers,
    pub(crate) skip_unknown_kinds: bool,
    pub(crate) left_out: BTreeSet<String>,
}

impl Default for EventColumns {
    fn default() -> Self {
        EventColumns {
            profile: "profile".to_owned(),
            at: "at".to_owned(),
            kind: Kind::Column("kind".to_owned()),
            id: "id".to_owned(),
            names: Names::default(),
            strangers: Strangers::default(),
            skip_unknown_kinds: false,
            left_out: BTreeSet::new(),
        }
    }
}

impl EventColumns {
    /// The column that says whose an event is: the id of a profile.
    #[must_use]
    pub fn profile(mut self, column: impl Into<String>) -> Self {
        self.profile = column.into();
        self
    }

    /// The column of the instants.
    #[must_use]
    pub fn at(mut self, column: impl Into<String>) -> Self {
        self.at = column.into();
        self
    }

    /// All events are of one kind.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = Kind::Given(kind.into());
        self
    }

    /// The column of the kinds, by their names.
    #[must_use]
    pub fn kind_column(mut self, column: impl Into<String>) -> Self {
        self.kind = Kind::Column(column.into());
        self
    }

    /// The column of the events' own ids. Of a profile's events of a kind with the same id, the earliest is kept.
    #[must_use]
    pub fn id(mut self, column: impl Into<String>) -> Self {
        self.id = column.into();
        self
    }

    /// A column is the property of another name.
    #[must_use]
    pub fn rename(mut self, column: impl Into<String>, property: impl Into<String>) -> Self {
        self.names.rename(column, property);
        self
    }

    /// A column that is a property of no kind is an error.
    #[must_use]
    pub fn refuse_unknown(mut self) -> Self {
        self.names.refuse_unknown = true;
        self
    }

    /// What becomes of an event whose profile is not there. Default: it is an error.
    #[must_use]
    pub fn strangers(mut self, strangers: Strangers) -> Self {
        self.strangers = strangers;
        self
    }

    /// Events of kinds that the schema does not have are left out, and counted, instead of being an error.
    #[must_use]
    pub fn skip_unknown_kinds(mut self) -> Self {
        self.skip_unknown_kinds = true;
        self
    }

    /// Events of a kind are left out. That they are there makes a profile where [strangers](Self::strangers) are added.
    #[must_use]
    pub fn leave_out(mut self, kind: impl Into<String>) -> Self {
        self.left_out.insert(kind.into());
        self
    }

    /// Whether a column says what an event is, rather than a property of it.
    pub(crate) fn is_own(&self, column: &str) -> bool {
        let is_kind = matches!(&self.kind, Kind::Column(kind) if kind == column);
        is_kind
            || [&self.profile, &self.at, &self.id]
                .into_iter()
                .any(|own| own == column)
    }
}
