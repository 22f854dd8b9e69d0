//! Loading what triggers do.

use super::document::{ActionDocument, RulebookDocument, ShareDocument};
use super::reader::{KeyedText, Reader, lit, quoted, text_of};
use crate::ir::Ty;
use crate::rule::sending::Sending;
use crate::rule::trigger::{Action, ActionKind, Details};
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
        let misplaced = [
            ("to", document.to.is_some() && key != "set", "set"),
            ("by", document.by.is_some() && key != "add", "add"),
            (
                "with",
                !document.with.is_empty() && !matches!(key, "send" | "call"),
                "send` and `call",
            ),
        ];
        for (part, wrong, owner) in misplaced {
            if wrong {
                let message = format!("`{part}` goes with `{owner}`, not with `{key}`");
                self.reader
                    .complain::<()>(path, "E0315", message, "leave it out");
            }
        }
        let here = [path, &[key]].concat();
        let at = KeyedText::new(&here, value);
        let kind = match key {
            "send" => self.send(at, &document.with),
            "call" => Some(ActionKind::Call {
                name: value.into(),
                with: details(&document.with),
            }),
            "tag" => self
                .reader
                .path_of_tag(at)
                .map(|()| ActionKind::Tag(value.into())),
            "untag" => self
                .reader
                .path_of_tag(at)
                .map(|()| ActionKind::Untag(value.into())),
            "set" => self.set(at, path, document.to.as_ref()),
            _ => self.add(at, path, document.by.as_ref()),
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

    fn send(&mut self, at: KeyedText<'_>, with: &IndexMap<String, Scalar>) -> Option<ActionKind> {
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
            with: details(with),
        })
    }

    fn set(&mut self, at: KeyedText<'_>, path: &[&str], to: Option<&Scalar>) -> Option<ActionKind> {
        let attribute = self.reader.attribute(at);
        let Some(to) = to else {
            let message = format!("to which value is `{}` to be set?", at.text);
            return self
                .reader
                .complain(path, "E0315", message, "write it under `to`");
        };
        let attribute = attribute?;
        let (ty, words) = self.type_of(attribute);
        match ty.as_ref().and_then(|ty| lit(to, ty)) {
            Some(to) => Some(ActionKind::Set { attribute, to }),
            None => self.misfit("to", path, to, at.text, ty.as_ref(), &words),
        }
    }

    fn add(&mut self, at: KeyedText<'_>, path: &[&str], by: Option<&Scalar>) -> Option<ActionKind> {
        let attribute = self.reader.attribute(at);
        let Some(by) = by else {
            let message = format!("how much is to be added to `{}`?", at.text);
            return self
                .reader
                .complain(path, "E0315", message, "write it under `by`");
        };
        let attribute = attribute?;
        let (ty, words) = self.type_of(attribute);
        if !ty.as_ref().is_some_and(Ty::is_number) {
            let message = format!("`{}` is {words}, to which nothing can be added", at.text);
            return self.reader.report(
                at,
                at.error("E0316", message)
                    .help("`set` sets a value; `add` is for numbers"),
            );
        }
        match ty.as_ref().and_then(|ty| lit(by, ty)) {
            Some(by) => Some(ActionKind::Add { attribute, by }),
            None => self.misfit("by", path, by, at.text, ty.as_ref(), &words),
        }
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
