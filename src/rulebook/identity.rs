//! Loading what a rule file says of profiles that are one person.

use super::document::{IdentityDocument, RulebookDocument};
use super::reader::{KeyedText, Reader};
use crate::check::suggest_whole;
use crate::profile::MergePolicy;
use crate::rule::identity::Identity;
use crate::schema::Schema;
use crate::value::Type;
use std::collections::BTreeMap;
use std::sync::Arc;

const POLICIES: [(&str, MergePolicy); 8] = [
    ("latest", MergePolicy::Latest),
    ("first", MergePolicy::First),
    ("survivor", MergePolicy::Survivor),
    ("greatest", MergePolicy::Greatest),
    ("least", MergePolicy::Least),
    ("sum", MergePolicy::Sum),
    ("union", MergePolicy::Union),
    ("strictest", MergePolicy::Strictest),
];

/// All that is right of it; the reader has what is wrong. Where a rule file says nothing, profiles may still be merged by hand.
pub(super) fn load(document: &RulebookDocument, reader: &mut Reader<'_>) -> Identity {
    let nothing = IdentityDocument::default();
    let document = document.identity.as_ref().unwrap_or(&nothing);
    let mut identity = Identity {
        policies: defaults(reader.context.schema()),
        ..Identity::default()
    };
    for (i, name) in document.strong.iter().enumerate() {
        identity
            .strong
            .extend(identifier("strong", i, name, &identity, reader));
    }
    for (i, name) in document.weak.iter().enumerate() {
        identity
            .weak
            .extend(identifier("weak", i, name, &identity, reader));
    }
    identity.named_by = document.named_by.as_deref().and_then(|name| {
        named_by(
            KeyedText::new(&["identity", "named_by"], name),
            &identity,
            reader,
        )
    });
    for (name, word) in &document.merge {
        let policy = policy(name, word, reader);
        identity
            .policies
            .extend(policy.map(|policy| (name.as_str().into(), policy)));
    }
    identity
}

/// Consents hold if nobody has refused them, and each profile has rows of its own.
fn defaults(schema: &Schema) -> BTreeMap<Arc<str>, MergePolicy> {
    let attributes = schema.attributes().iter();
    let consents = attributes
        .filter(|field| field.ty == Type::Bool)
        .map(|field| &field.name)
        .filter(|name| *name == "consent" || name.starts_with("consent."))
        .map(|name| (name.as_str().into(), MergePolicy::Strictest));
    let relations = schema.relations().iter();
    let relations = relations.map(|relation| (relation.name.as_str().into(), MergePolicy::Union));
    consents.chain(relations).collect()
}

/// The name of an identifier, which is neither empty nor there already.
fn identifier(
    key: &str,
    position: usize,
    name: &str,
    known: &Identity,
    reader: &mut Reader<'_>,
) -> Option<Arc<str>> {
    let position = position.to_string();
    let path = ["identity", key, &position];
    let at = KeyedText::new(&path, name);
    if name.trim().is_empty() {
        let diagnostic = at.error("E0340", "an identifier without a name");
        return reader.report(at, diagnostic.help("write `customer`, `email`, `cookie`"));
    }
    if known.is_strong(name) || known.is_weak(name) {
        let diagnostic = at.error("E0340", format!("`{name}` is an identifier already"));
        return reader.report(
            at,
            diagnostic.help("an identifier is either strong or weak"),
        );
    }
    Some(name.into())
}

fn named_by(at: KeyedText<'_>, identity: &Identity, reader: &mut Reader<'_>) -> Option<Arc<str>> {
    if identity.is_strong(at.text) {
        return Some(at.text.into());
    }
    let known: Vec<&str> = identity.strong.iter().map(|name| &**name).collect();
    let diagnostic = at.error("E0340", format!("`{}` is no strong identifier", at.text));
    reader.report(at, suggest_whole(diagnostic, at.span(), at.text, &known))
}

fn policy(name: &str, word: &str, reader: &mut Reader<'_>) -> Option<MergePolicy> {
    let path = ["identity", "merge", name];
    let policy = reader.word(KeyedText::new(&path, word), &POLICIES)?;
    let schema = reader.context.schema();
    let ty = match schema.relation_index(name) {
        Some(_) => None,
        None => {
            let position = reader.attribute(KeyedText::new(&path, name))?;
            Some(schema.attributes().get(position)?.ty.clone())
        }
    };
    if suits(policy, ty.as_ref()) {
        return Some(policy);
    }
    let kind = ty.map_or("a relation".to_owned(), |ty| format!("`{ty}`"));
    let message = format!("`{name}` is {kind}, of which there is no `{word}`");
    reader.complain(&path, "E0341", message, help(policy))
}

/// Whether a policy is one of values of a type, or of rows if there is none.
fn suits(policy: MergePolicy, ty: Option<&Type>) -> bool {
    match policy {
        MergePolicy::Latest | MergePolicy::First | MergePolicy::Survivor => true,
        MergePolicy::Sum => matches!(
            ty,
            Some(Type::Int | Type::Decimal(_) | Type::Float | Type::Duration)
        ),
        MergePolicy::Greatest | MergePolicy::Least => match ty {
            Some(
                Type::Int
                | Type::Decimal(_)
                | Type::Float
                | Type::Duration
                | Type::Date
                | Type::Instant,
            ) => true,
            Some(Type::Enum(names)) => names.ordered,
            Some(Type::Bool | Type::String | Type::Version | Type::Place | Type::List(_))
            | None => false,
        },
        MergePolicy::Union => matches!(ty, Some(Type::List(_)) | None),
        MergePolicy::Strictest => matches!(ty, Some(Type::Bool)),
    }
}

fn help(policy: MergePolicy) -> &'static str {
    match policy {
        MergePolicy::Sum => "numbers and durations have a sum; write `latest`",
        MergePolicy::Greatest | MergePolicy::Least => {
            "numbers, durations, dates, instants and ordered enums have a greatest value; write `latest`"
        }
        MergePolicy::Union => "lists and relations have a union; write `latest`",
        MergePolicy::Strictest => "a `bool` has a strictest value; write `latest`",
        MergePolicy::Latest | MergePolicy::First | MergePolicy::Survivor => "",
    }
}

#[cfg(all(test, feature = "toml"))]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::Rulebook;

    #[test]
    fn what_nothing_is_said_of_has_a_policy() {
        let rulebook = Rulebook::from_toml(
            r#"
            [schema.attributes]
            "consent.email" = "bool"
            points = "int"
            city = "string"
            topics = "list of string"
            [schema.relations.orders.properties]
            amount = "int"
            [identity]
            strong = ["customer", "email"]
            weak = ["cookie"]
            named_by = "customer"
            [identity.merge]
            points = "sum"
            topics = "union"
            "#,
        );
        let identity = rulebook.unwrap().identity;
        let policies = ["consent.email", "points", "city", "topics", "orders"]
            .map(|name| identity.policy(name));
        assert_eq!(
            policies,
            [
                MergePolicy::Strictest,
                MergePolicy::Sum,
                MergePolicy::Latest,
                MergePolicy::Union,
                MergePolicy::Union
            ]
        );
        assert!(
            identity.is_strong("email")
                && identity.is_weak("cookie")
                && identity.is_named_by("customer")
        );
    }
}
