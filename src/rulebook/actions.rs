//! Loading what triggers do.

use super::document::{ActionDocument, RulebookDocument, ShareDocument};
use super::reader::{KeyedText, Reader, lit, quoted, text_of};
use crate::Diagnostic;
use crate::check::EntryNames;
use crate::check::trigger::property as property_of_all;
use crate::ir::Ty;
use crate::rule::sending::Sending;
use crate::rule::trigger::{Action, ActionKind, ComputedDetails, Details, Given};
use crate::value::Scalar;
use indexmap::IndexMap;

/// Loads the actions of one trigger.
pub(super) struct Actions<'a, 'r, 'c> {
    pub(super) document: &'a RulebookDocument,
    pub(super) sending: &'a Sending,
    /// The variants that an action may be for.
    pub(super) split: &'a IndexMap<String, ShareDocument>,
    /// Whether messages that are held back are replaced.
    pub(super) replaces: bool,
    /// What can be named of the entry that they are carried out for.
    pub(super) entry: &'a EntryNames,
    pub(super) reader: &'r mut Reader<'c>,
}

impl Actions<'_, '_, '_> {
    /// The actions under `do` of what stands at a path.
    pub(super) fn load(&mut self, owner: &[&str], actions: &[ActionDocument]) -> Vec<Action> {
        let action = |(i, action): (usize, &ActionDocument)| {
            let place = i.to_string();
            self.action(&[owner, &["do", &place]].concat(), action)
        };
        actions.iter().enumerate().filter_map(action).collect()
    }

    fn action(&mut self, path: &[&str], document: &ActionDocument) -> Option<Action> {
        let written = [
            ("send", &document.send),
            ("call", &document.call),
            ("tag", &document.tag),
            ("untag", &document.untag),
            ("set", &document.set),
            ("add", &document.add),
        ];
        let mut written = written
            .into_iter()
            .filter_map(|(key, value)| Some((key, value.as_deref()?)));
        let (Some((key, value)), None) = (written.next(), written.next()) else {
            let message =
                "an action is exactly one of `send`, `call`, `tag`, `untag`, `set` and `add`";
            return self.reader.complain(
                path,
                "E0315",
                message,
                "write each action in braces of its own",
            );
        };
        self.misplaced(path, key, document);
        let here = [path, &[key]].concat();
        let at = KeyedText::new(&here, value);
        let kind = match key {
            "send" => self.send(at, path, document),
            "call" => self
                .computed(path, document)
                .map(|values| ActionKind::Call {
                    name: value.into(),
                    with: details(&document.with),
                    values,
                }),
            "tag" => self
                .reader
                .path_of_tag(at)
                .map(|()| ActionKind::Tag(value.into())),
            "untag" => self
                .reader
                .path_of_tag(at)
                .map(|()| ActionKind::Untag(value.into())),
            "set" => self.set(at, path, document),
            _ => self.add(at, path, document),
        };
        let variant = match &document.variant {
            None => None,
            Some(variant) => match self.split.get_index_of(variant) {
                Some(position) => Some(position),
                None => {
                    let known: Vec<&str> = self.split.keys().map(String::as_str).collect();
                    let path = [path, &["variant"]].concat();
                    let at = KeyedText::new(&path, variant);
                    if known.is_empty() {
                        let diagnostic = at.error("E0308", "this trigger has no variants");
                        return self.reader.report(
                            at,
                            diagnostic.help("declare them: `split = { a = 50, b = 50 }`"),
                        );
                    }
                    return self.reader.unknown(at, "variant", &known);
                }
            },
        };
        Some(Action {
            kind: kind?,
            variant,
        })
    }

    /// Keys that do not belong to the action.
    fn misplaced(&mut self, path: &[&str], key: &str, document: &ActionDocument) {
        let changes = matches!(key, "set" | "add");
        let goes_out = matches!(key, "send" | "call");
        let parts = [
            ("to", document.to.is_some() && key != "set", "set"),
            ("by", document.by.is_some() && key != "add", "add"),
            (
                "value",
                document.value.is_some() && !changes,
                "set` and `add",
            ),
            (
                "with",
                !document.with.is_empty() && !goes_out,
                "send` and `call",
            ),
            (
                "values",
                !document.values.is_empty() && !goes_out,
                "send` and `call",
            ),
            ("refresh", document.refresh && key != "send", "send"),
        ];
        for (part, wrong, owner) in parts {
            if wrong {
                let message = format!("`{part}` goes with `{owner}`, not with `{key}`");
                self.reader
                    .complain::<()>(path, "E0315", message, "leave it out");
            }
        }
        if document.refresh && key == "send" && document.values.is_empty() {
            let message = "this message has no `values` that could be asked for again";
            self.reader
                .complain::<()>(path, "E0315", message, "leave `refresh` out");
        }
    }

    fn send(
        &mut self,
        at: KeyedText<'_>,
        path: &[&str],
        document: &ActionDocument,
    ) -> Option<ActionKind> {
        let values = self.computed(path, document);
        let Some(declared) = self.document.messages.get(at.text) else {
            let known: Vec<&str> = self.document.messages.keys().map(String::as_str).collect();
            return self.reader.unknown(at, "message", &known);
        };
        if self.replaces && declared.instead.is_none() {
            let message = format!("there is no message to replace `{}` by", at.text);
            let help = format!(
                "give it one: `instead` in `messages.{}`; or write `held = \"skip\"`",
                quoted(at.text)
            );
            return self
                .reader
                .report(at, at.error("E0314", message).help(help));
        }
        // What is wrong with the message itself is said where it is declared.
        let message = self.sending.messages.get(at.text)?.clone();
        Some(ActionKind::Send {
            message,
            with: details(&document.with),
            values: values?,
            refresh: document.refresh,
        })
    }

    /// What goes along and is computed.
    fn computed(&mut self, path: &[&str], document: &ActionDocument) -> Option<ComputedDetails> {
        self.plain_texts(path, document);
        let mut values = Some(Vec::with_capacity(document.values.len()));
        for (name, text) in &document.values {
            let path = [path, &["values", name]].concat();
            let at = KeyedText::new(&path, text);
            let value = self.reader.value_for(at, Some(self.entry));
            if document.with.contains_key(name) {
                let message = format!("`{name}` stands under `with` as well");
                let diagnostic = at.error("E0315", message);
                self.reader
                    .note(at, diagnostic.help("leave one of the two out"));
            }
            match (&mut values, value) {
                (Some(values), Some(value)) => values.push((name.as_str().into(), value)),
                _ => values = None,
            }
        }
        values
    }

    /// Warns of texts under `with` that name a property of the trigger's event.
    fn plain_texts(&mut self, path: &[&str], document: &ActionDocument) {
        let Some((event, kinds)) = &self.entry.event else {
            return;
        };
        for (name, value) in &document.with {
            let Scalar::Text(text) = value else {
                continue;
            };
            let property = text.strip_prefix(event.as_str());
            let property = property.and_then(|rest| rest.strip_prefix('.'));
            let is_read =
                |name| name == "at" || property_of_all(kinds, name, self.reader.context).is_ok();
            if event.is_empty() || !property.is_some_and(is_read) {
                continue;
            }
            let path = [path, &["with", name]].concat();
            let at = KeyedText::new(&path, text);
            let message = format!("`with` holds plain values, so this is the text `{text}`");
            let help =
                format!("for the value of the event write `values = {{ {name} = \"{text}\" }}`");
            let diagnostic = Diagnostic::warning("W0302", at.span(), message);
            self.reader.note(at, diagnostic.help(help));
        }
    }

    fn set(
        &mut self,
        at: KeyedText<'_>,
        path: &[&str],
        document: &ActionDocument,
    ) -> Option<ActionKind> {
        let attribute = self.reader.attribute(at);
        let constant = ("to", document.to.as_ref());
        let asked = format!("to which value is `{}` to be set?", at.text);
        let to = self.given(at.text, attribute, path, constant, document, asked)?;
        attribute.map(|attribute| ActionKind::Set { attribute, to })
    }

    fn add(
        &mut self,
        at: KeyedText<'_>,
        path: &[&str],
        document: &ActionDocument,
    ) -> Option<ActionKind> {
        let attribute = self.reader.attribute(at);
        if let Some(attribute) = attribute {
            let (ty, words) = self.type_of(attribute);
            if !ty.as_ref().is_some_and(Ty::is_number) {
                let message = format!("`{}` is {words}, to which nothing can be added", at.text);
                return self.reader.report(
                    at,
                    at.error("E0316", message)
                        .help("`set` sets a value; `add` is for numbers"),
                );
            }
        }
        let constant = ("by", document.by.as_ref());
        let asked = format!("how much is to be added to `{}`?", at.text);
        let by = self.given(at.text, attribute, path, constant, document, asked)?;
        attribute.map(|attribute| ActionKind::Add { attribute, by })
    }

    /// What an attribute gets, or what is added to it: a constant under a key of its own, or an expression. `asked` is what is said
    /// where there is neither.
    fn given(
        &mut self,
        name: &str,
        attribute: Option<usize>,
        path: &[&str],
        (key, constant): (&str, Option<&Scalar>),
        document: &ActionDocument,
        asked: String,
    ) -> Option<Given> {
        match (constant, &document.value) {
            (Some(constant), None) => {
                let (ty, words) = self.type_of(attribute?);
                match ty.as_ref().and_then(|ty| lit(constant, ty)) {
                    Some(constant) => Some(Given::Constant(constant)),
                    None => self.misfit(key, path, constant, name, ty.as_ref(), &words),
                }
            }
            (None, Some(value)) => self.value_of(name, attribute, path, value),
            (Some(_), Some(_)) => {
                let message = format!("`{key}` and `value` both say the value");
                let help = "leave one of the two out";
                self.reader.complain(path, "E0315", message, help)
            }
            (None, None) => {
                let help = format!("write it under `{key}`, or an expression under `value`");
                self.reader.complain(path, "E0315", asked, &help)
            }
        }
    }

    /// An expression whose value an attribute gets, or that is added to it.
    fn value_of(
        &mut self,
        name: &str,
        attribute: Option<usize>,
        path: &[&str],
        text: &str,
    ) -> Option<Given> {
        let path = [path, &["value"]].concat();
        let at = KeyedText::new(&path, text);
        let value = self.reader.value_for(at, Some(self.entry))?;
        let (ty, words) = self.type_of(attribute?);
        let found = &value.term().ty;
        if ty.as_ref().is_some_and(|ty| fits(ty, found)) {
            return Some(Given::Computed(value));
        }
        let message = format!("`{name}` is {words}, and the value is {}", found.words());
        let diagnostic = at.error("E0316", message);
        let diagnostic = match (&ty, found) {
            (Some(Ty::Exact(0)), found) if found.is_number() => {
                let rounded = format!("round({text})");
                let span = diagnostic.span;
                diagnostic
                    .help(format!("round it: `{rounded}`"))
                    .fix(span, rounded)
            }
            (Some(Ty::Enum(names)), Ty::Enum(of)) => {
                let mut others = of.values.iter();
                let other = others.find(|value| names.index_of(value).is_none());
                let other = other.map_or("", String::as_str);
                diagnostic.help(format!("`{other}` is no value of `{name}`"))
            }
            _ => diagnostic.help(
                "write an expression of that type; an `int` fits a `decimal` or a `float` as well, and a name a `string`",
            ),
        };
        self.reader.report(at, diagnostic)
    }

    /// The type of an attribute, and in the author's words.
    fn type_of(&self, attribute: usize) -> (Option<Ty>, String) {
        let field = self.reader.context.schema().attributes().get(attribute);
        let ty = field.and_then(|field| Ty::of(&field.ty));
        let words = ty.as_ref().map_or("a list".into(), Ty::words);
        (ty, words.into_owned())
    }

    fn misfit<T>(
        &mut self,
        key: &str,
        path: &[&str],
        value: &Scalar,
        attribute: &str,
        ty: Option<&Ty>,
        words: &str,
    ) -> Option<T> {
        let text = text_of(value);
        let mut path = path.to_vec();
        path.push(key);
        let at = KeyedText::new(&path, &text);
        let diagnostic = at.error(
            "E0316",
            format!("`{attribute}` is {words}, which `{text}` is not"),
        );
        let diagnostic = match ty {
            Some(Ty::Enum(names)) => {
                let known: Vec<&str> = names.values.iter().map(String::as_str).collect();
                let span = diagnostic.span;
                crate::check::suggest_whole(diagnostic, span, &text, &known)
            }
            Some(Ty::Bool) => diagnostic.help("write `true` or `false`, without quotes"),
            Some(Ty::Exact(0)) if text.parse::<f64>().is_ok_and(|n| n.abs() >= 1e18) => diagnostic
                .help(format!("an `int` lies between {} and {}", i64::MIN, u64::MAX)),
            Some(Ty::Exact(0)) => diagnostic.help("write a whole number"),
            Some(Ty::Exact(digits)) => diagnostic.help(format!(
                "write a number with at most {digits} digits after the point and 18 in all, as `\"9.99\"`"
            )),
            Some(Ty::Date) => diagnostic.help("write `\"2026-01-31\"`"),
            Some(Ty::Instant) => diagnostic.help("write `\"2026-01-31T12:00:00Z\"`"),
            Some(Ty::Duration) => diagnostic.help("write `\"3 days\"`"),
            Some(Ty::String) => diagnostic.help("put the text in quotes"),
            Some(Ty::Float) => diagnostic.help("write a number"),
            _ => diagnostic.help("a trigger can set one value, not a list, a place or a version"),
        };
        self.reader.report(at, diagnostic)
    }
}

fn details(with: &IndexMap<String, Scalar>) -> Details {
    with.iter()
        .map(|(name, value)| (name.as_str().into(), value.clone()))
        .collect()
}

/// Whether an attribute of a type can have every value of another.
fn fits(attribute: &Ty, value: &Ty) -> bool {
    match (attribute, value) {
        (Ty::Exact(digits), Ty::Exact(of)) => of <= digits,
        (Ty::Float, Ty::Exact(_) | Ty::Ratio(_) | Ty::Float)
        | (Ty::String, Ty::String | Ty::Version | Ty::Enum(_) | Ty::Named(_))
        | (Ty::Date, Ty::Date | Ty::Period(_))
        | (Ty::Bool, Ty::Bool)
        | (Ty::Instant, Ty::Instant)
        | (Ty::Duration, Ty::Duration) => true,
        (Ty::Enum(names), Ty::Enum(of)) => {
            of.values.iter().all(|name| names.index_of(name).is_some())
        }
        _ => false,
    }
}
