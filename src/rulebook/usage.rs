//! What of a schema the rules use: names that no rule reads, and data that are used for what they were not given for.

use super::Rulebook;
use super::finding::Findings;
use crate::check::listed;
use crate::diagnostic::Diagnostic;
use crate::ir::Reads;
use crate::rule::Rule;
use crate::rule::sending::Class;
use crate::rule::trigger::{ActionKind, Occasion, Trigger};
use crate::schema::{Collection, Field};
use crate::span::Span;
use crate::value::Type;
use std::collections::BTreeMap;

/// The purpose of those data that may decide what a person is sent.
const COMMUNICATION: &str = "communication";

/// Which of these findings are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct UsageWarnings {
    pub(super) unread: bool,
    pub(super) purposes: bool,
}

impl UsageWarnings {
    pub(super) fn report(self, rulebook: &Rulebook, findings: &mut Findings) {
        if self.unread {
            unread(rulebook, findings);
        }
        if self.purposes {
            purposes(rulebook, findings);
        }
    }
}

/// The events or the rows of a schema.
#[derive(Clone, Copy)]
enum Section {
    Events,
    Relations,
}

impl Section {
    fn key(self) -> &'static str {
        match self {
            Section::Events => "events",
            Section::Relations => "relations",
        }
    }

    /// The properties of a collection that are read; `None` if nothing of it is.
    fn read<'r>(self, reads: &'r Reads, name: &str) -> Option<Vec<&'r str>> {
        match self {
            Section::Events => {
                let is_read = reads.kinds().any(|kind| kind == name);
                is_read.then(|| reads.properties(name).collect())
            }
            Section::Relations => {
                let is_read = reads.relations().any(|relation| relation == name);
                is_read.then(|| reads.row_properties(name).collect())
            }
        }
    }
}

/// What the author of the schema says; not the events that an engine adds.
fn collections(rulebook: &Rulebook) -> impl Iterator<Item = (Section, &Collection)> {
    let schema = rulebook.schema();
    let kinds = schema.kinds().iter().filter(|kind| !kind.is_told());
    let events = kinds.map(|kind| (Section::Events, kind));
    let relations = schema.relations().iter();
    events.chain(relations.map(|relation| (Section::Relations, relation)))
}

/// What any rule reads, those among them that no other rule asks for; what touchpoints and reports count; and the attributes that say who
/// somebody is.
fn everything_read(rulebook: &Rulebook) -> Reads {
    let mut reads = rulebook.reads();
    let names = rulebook.traits().chain(rulebook.scores());
    for value in names.filter_map(|name| rulebook.value(name)) {
        reads.merge(value.reads());
    }
    for touchpoint in rulebook.touchpoints.iter() {
        reads.merge(&touchpoint.reads(rulebook.schema()));
    }
    for report in rulebook.reports.iter() {
        reads.merge(&report.reads(rulebook.schema()));
    }
    let identity = &rulebook.identity;
    let identifiers = identity
        .strong
        .iter()
        .chain(&identity.weak)
        .chain(&identity.named_by);
    let attributes = identifiers.filter_map(|name| rulebook.schema().attribute_id(name));
    reads.merge(&Reads::of_fields(rulebook.schema(), attributes));
    reads
}

fn unread(rulebook: &Rulebook, findings: &mut Findings) {
    let reads = everything_read(rulebook);
    let mut warn = |path: &[&str], what: String| {
        let diagnostic =
            Diagnostic::warning("W0120", Span::default(), format!("no rule reads {what}"));
        let help = "leave it out of the schema, and do not ask anybody for it, unless a rule to come needs it";
        findings.about_name(path, diagnostic.help(help));
    };
    for field in rulebook.schema().attributes() {
        if !reads.attributes().any(|read| read == field.name) {
            let path = ["schema", "attributes", &field.name];
            warn(&path, format!("the attribute `{}`", field.name));
        }
    }
    for (section, collection) in collections(rulebook) {
        let (key, name) = (section.key(), collection.name.as_str());
        let Some(read) = section.read(&reads, name) else {
            let what = match section {
                Section::Events => format!("the events `{name}`"),
                Section::Relations => format!("the rows of `{name}`"),
            };
            warn(&["schema", key, name], what);
            continue;
        };
        let properties = collection
            .properties
            .iter()
            .map(|field| field.name.as_str());
        for property in properties.filter(|property| !read.contains(property)) {
            let path = ["schema", key, name, "properties", property];
            warn(&path, format!("the property `{property}` of `{name}`"));
        }
    }
}

/// What a trigger or journey looks at to decide whether somebody is sent what, and when.
fn decided_by(trigger: &Trigger, rulebook: &Rulebook) -> Reads {
    let mut reads = trigger.asks(rulebook.schema());
    if let Occasion::Stage { lifecycle, .. } = &trigger.occasion
        && let Some(lifecycle) = rulebook.lifecycle(lifecycle)
    {
        reads.merge(lifecycle.reads());
    }
    for action in &trigger.actions {
        let mut sent = match &action.kind {
            ActionKind::Send { message, .. } => Some(message),
            ActionKind::Call { .. }
            | ActionKind::Tag(_)
            | ActionKind::Untag(_)
            | ActionKind::Set { .. }
            | ActionKind::Add { .. } => None,
        };
        while let Some(message) = sent {
            message
                .conditions()
                .for_each(|rule| reads.merge(rule.reads()));
            let counts = message.routes().flat_map(|route| route.channel.counts());
            (counts.filter(|_| message.has_choice())).for_each(|count| reads.merge(count.reads()));
            let instead = message.instead.as_ref();
            sent = instead.and_then(|name| rulebook.sending.messages.get(name));
        }
    }
    reads
}

/// What a message calls an attribute, or a property, of which the kind or relation stands in its path.
fn called(path: &[&str]) -> String {
    match path {
        [_, _, collection, _, property] => format!("`{property}` of `{collection}`"),
        [.., attribute] => format!("`{attribute}`"),
        [] => String::new(),
    }
}

/// Whether it sends something that nobody asked for.
fn communicates(trigger: &Trigger) -> bool {
    let is_communication = |kind: &ActionKind| match kind {
        ActionKind::Send { message, .. } => message.class() != Class::Transactional,
        ActionKind::Call { .. }
        | ActionKind::Tag(_)
        | ActionKind::Untag(_)
        | ActionKind::Set { .. }
        | ActionKind::Add { .. } => false,
    };
    trigger
        .actions
        .iter()
        .any(|action| is_communication(&action.kind))
}

/// The attributes that are permissions themselves: a consent asks whether they are true.
fn permissions(rulebook: &Rulebook) -> Vec<&Field> {
    let sending = &rulebook.sending;
    let channels = sending.channels.values();
    let consents = channels.filter_map(|channel| channel.consent.as_ref());
    let consents: Vec<&Rule> = consents.chain(&sending.processing).collect();
    let is_asked = |field: &&Field| {
        let mut read = consents.iter().flat_map(|rule| rule.reads().attributes());
        field.ty == Type::Bool && read.any(|name| name == field.name)
    };
    let attributes = rulebook.schema().attributes().iter();
    attributes.filter(is_asked).collect()
}

fn purposes(rulebook: &Rulebook, findings: &mut Findings) {
    let permissions = permissions(rulebook);
    let mut used: BTreeMap<Vec<&str>, (&Field, Vec<&str>)> = BTreeMap::new();
    let schema = rulebook.schema();
    for trigger in rulebook
        .triggers
        .iter()
        .filter(|trigger| communicates(trigger))
    {
        let reads = decided_by(trigger, rulebook);
        let mut fields: Vec<(Vec<&str>, &Field)> = Vec::new();
        for field in schema.attributes() {
            if reads.attributes().any(|read| read == field.name) {
                fields.push((vec!["schema", "attributes", &field.name], field));
            }
        }
        for (section, collection) in collections(rulebook) {
            let read = section.read(&reads, &collection.name).unwrap_or_default();
            let properties = collection.properties.iter();
            for field in properties.filter(|field| read.contains(&field.name.as_str())) {
                let above = ["schema", section.key(), &collection.name, "properties"];
                fields.push(([&above[..], &[&field.name]].concat(), field));
            }
        }
        for (path, field) in fields {
            let (_, by) = used.entry(path).or_insert((field, Vec::new()));
            by.push(&trigger.name);
        }
    }
    for (path, (field, by)) in used {
        let is_given = field.purpose.iter().any(|purpose| purpose == COMMUNICATION);
        if is_given
            || permissions
                .iter()
                .any(|permission| std::ptr::eq(*permission, field))
        {
            continue;
        }
        let purposes: Vec<&str> = field.purpose.iter().map(String::as_str).collect();
        let given = match purposes.as_slice() {
            [] => "it does not say what for".to_owned(),
            [..] => format!("only for {}", listed(&purposes)),
        };
        let sends = if by.len() == 1 { "sends" } else { "send" };
        let message = format!(
            "{} decides what {} {sends}, and was not given for `{COMMUNICATION}`: {given}",
            called(&path),
            listed(&by)
        );
        let diagnostic = Diagnostic::warning("W0340", Span::default(), message).help(format!(
            "write `purpose = [\"{COMMUNICATION}\"]` where people have agreed to that, or leave it out of those rules"
        ));
        findings.about_name(&path, diagnostic);
    }
}
