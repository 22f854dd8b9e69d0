//! Loading triggers: what they wait for, when they fire, what they do.

use super::document::{
    ActionDocument, RulebookDocument, ShareDocument, StageDocument, TriggerDocument,
};
use super::reader::{KeyedText, Reader, lit, quoted, text_of, word};
use crate::check::trigger::{Stages, occasion, property};
use crate::ir::Ty;
use crate::rule::sending::{Draw, Sending, Share};
use crate::rule::trigger::{
    Action, ActionKind, Again, Details, Occasion, Per, Split, Trigger, WhenHeld,
};
use crate::syntax::parse_trigger;
use crate::value::Scalar;
use crate::{Diagnostic, syntax};
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The triggers in the order in which they fire: by priority, then as they are declared. `stages` are those of each
/// lifecycle.
pub(super) fn load(
    document: &RulebookDocument,
    stages: &BTreeMap<String, Vec<StageDocument>>,
    sending: &Sending,
    reader: &mut Reader<'_>,
) -> Vec<Arc<Trigger>> {
    let stages: Stages<'_> = stages
        .iter()
        .map(|(name, stages)| {
            (
                name.as_str(),
                stages.iter().map(|s| s.name.as_str()).collect(),
            )
        })
        .collect();
    let mut triggers: Vec<Arc<Trigger>> = Vec::with_capacity(document.triggers.len());
    for (name, trigger) in &document.triggers {
        let loaded = Loading {
            name,
            trigger,
            document,
            sending,
            reader,
        }
        .load(&stages);
        triggers.extend(loaded.map(Arc::new));
    }
    triggers.sort_by_key(|trigger| std::cmp::Reverse(trigger.priority));
    triggers
}

struct Loading<'a, 'r> {
    name: &'a str,
    trigger: &'a TriggerDocument,
    document: &'a RulebookDocument,
    sending: &'a Sending,
    reader: &'a mut Reader<'r>,
}

impl Loading<'_, '_> {
    fn load(mut self, stages: &Stages<'_>) -> Option<Trigger> {
        let (name, trigger) = (self.name, self.trigger);
        let occasion = self.occasion(stages);
        let guard = trigger.when.as_ref().map(|text| {
            self.reader
                .condition(KeyedText::new(&["triggers", name, "when"], text))
        });
        let again = self.again();
        let per = match (&trigger.per, &occasion) {
            (Some(per), Some(occasion)) => self.per(per, occasion),
            _ => None,
        };
        let cooldown = self.length("cooldown", trigger.cooldown.as_ref());
        let salt = trigger.salt.as_deref().unwrap_or(name);
        let split = self.split(salt);
        let holdout = trigger.holdout.as_ref();
        let holdout = holdout.and_then(|text| {
            self.reader
                .share(KeyedText::new(&["triggers", name, "holdout"], text), true)
        });
        let held = self.held();
        let fires_on_edit = self.fires_on_edit(occasion.as_ref());
        let actions = self.actions();
        Some(Trigger {
            name: name.into(),
            occasion: occasion?,
            guard: match guard {
                Some(guard) => Some(guard?),
                None => None,
            },
            priority: trigger.priority,
            again: again?,
            per,
            cooldown,
            split,
            holdout: holdout.map(|share| Draw {
                salt: format!("{salt}/holdout").into(),
                share,
            }),
            held: held?,
            fires_on_edit: fires_on_edit?,
            actions,
            version: trigger.version.unwrap_or(1),
        })
    }

    fn occasion(&mut self, stages: &Stages<'_>) -> Option<Occasion> {
        let text = &self.trigger.on;
        let path = ["triggers", self.name, "on"];
        let at = KeyedText::new(&path, text);
        let mut found = syntax::suspicious(text);
        let occasion = match parse_trigger(text) {
            Ok(read) => occasion(&read, text, self.reader.context, stages, &mut found),
            Err(errors) => {
                found.extend(errors);
                None
            }
        };
        let wrong = found.iter().any(Diagnostic::is_error);
        found
            .into_iter()
            .for_each(|diagnostic| self.reader.note(at, diagnostic));
        occasion.filter(|_| !wrong)
    }

    fn length(&mut self, key: &str, text: Option<&String>) -> Option<crate::ir::CalendarSpan> {
        self.reader
            .length(KeyedText::new(&["triggers", self.name, key], text?))
    }

    fn again(&mut self) -> Option<Again> {
        let Some(text) = &self.trigger.again else {
            return Some(Again::Always);
        };
        let path = ["triggers", self.name, "again"];
        let at = KeyedText::new(&path, text);
        if let Some(length) = at.after("after ") {
            return self.reader.length(length).map(Again::After);
        }
        if syntax::parse_length(text).is_some() {
            let diagnostic = at.error(
                "E0307",
                format!("`{text}` does not say that it is counted from the last entry"),
            );
            let span = diagnostic.span;
            return self.reader.report(
                at,
                diagnostic
                    .help(format!("write `after {text}`"))
                    .fix(span, format!("after {text}")),
            );
        }
        match word(at, &[("once", Again::Once), ("always", Again::Always)]) {
            Ok(again) => Some(again),
            Err(diagnostic) if diagnostic.fix.is_some() => self.reader.report(at, *diagnostic),
            // There is a third way to say it.
            Err(diagnostic) => self.reader.report(
                at,
                diagnostic.help("write `once`, `always`, or `after 30 days`"),
            ),
        }
    }

    fn per(&mut self, per: &str, occasion: &Occasion) -> Option<Per> {
        let path = ["triggers", self.name, "per"];
        let at = KeyedText::new(&path, per);
        let kinds = match occasion {
            Occasion::Event(select) | Occasion::Silence { first: select, .. } => &select.kinds,
            Occasion::Stage { lifecycle, .. } => {
                let subject = self
                    .document
                    .lifecycles
                    .get(&**lifecycle)
                    .and_then(|lifecycle| lifecycle.per.as_deref());
                return match subject {
                    Some(subject) if per == "subject" || per == subject => Some(Per::Subject),
                    Some(subject) => {
                        let message = format!(
                            "lifecycle `{lifecycle}` is kept per `{subject}`, not per `{per}`"
                        );
                        let diagnostic = at.error("E0317", message);
                        let span = diagnostic.span;
                        self.reader
                            .report(at, diagnostic.help("write `subject`").fix(span, "subject"))
                    }
                    None => {
                        let message = format!(
                            "lifecycle `{lifecycle}` is kept for the whole profile, not per `{per}`"
                        );
                        self.reader
                            .report(at, at.error("E0317", message).help("leave `per` out"))
                    }
                };
            }
            Occasion::Segment { .. } | Occasion::Date { .. } | Occasion::Schedule { .. } => {
                let message = format!("this trigger has no event that could have a `{per}`");
                let help = "`per` goes with events, and with lifecycles that are kept per subject; leave it out";
                return self
                    .reader
                    .report(at, at.error("E0317", message).help(help));
            }
        };
        let schema = self.reader.context.schema();
        let subject = || {
            let kind = schema.kind_of(*kinds.first()?)?;
            Some(kind.property_of(kind.subject_id()?)?.name.as_str())
        };
        let name = if per == "subject" {
            subject().unwrap_or(per)
        } else {
            per
        };
        match property(kinds, name, self.reader.context) {
            Ok(property) => Some(Per::Property(property)),
            Err(known) => {
                let diagnostic =
                    at.error("E0103", format!("these events have no property `{per}`"));
                let span = diagnostic.span;
                let diagnostic = crate::check::suggest_whole(diagnostic, span, per, &known);
                self.reader.report(at, diagnostic)
            }
        }
    }

    fn split(&mut self, salt: &str) -> Option<Split> {
        let mut variants = Vec::with_capacity(self.trigger.split.len());
        for (variant, share) in &self.trigger.split {
            let text = match share {
                ShareDocument::Whole(share) => share.to_string(),
                ShareDocument::Real(share) => share.to_string(),
                ShareDocument::Text(share) => share.clone(),
            };
            let path = ["triggers", self.name, "split", variant];
            variants.push((
                Arc::from(variant.as_str()),
                self.reader.share(KeyedText::new(&path, &text), false)?,
            ));
        }
        let total: u64 = variants
            .iter()
            .map(|(_, share): &(_, Share)| u64::from(share.0))
            .sum();
        if total > u64::from(Share::WHOLE.0) {
            let percent = crate::value::decimal_text(i128::from(total), 4);
            let percent = percent.trim_end_matches('0').trim_end_matches('.');
            let message = format!("the shares of the variants are {percent}% together");
            let help = "together they may be at most 100%; what is left gets nothing";
            return self
                .reader
                .complain(&["triggers", self.name, "split"], "E0311", message, help);
        }
        (!variants.is_empty()).then(|| Split {
            salt: format!("{salt}/split").into(),
            variants,
        })
    }

    fn fires_on_edit(&mut self, occasion: Option<&Occasion>) -> Option<bool> {
        let Some(text) = &self.trigger.on_edit else {
            return Some(false);
        };
        let path = ["triggers", self.name, "on_edit"];
        let words = [("silent", false), ("fire", true)];
        let fires = self.reader.word(KeyedText::new(&path, text), &words)?;
        match occasion {
            Some(Occasion::Stage { .. } | Occasion::Segment { .. }) | None => Some(fires),
            Some(
                Occasion::Event(_)
                | Occasion::Silence { .. }
                | Occasion::Date { .. }
                | Occasion::Schedule { .. },
            ) => {
                let message = "an edit of the rules brings about no event and no date";
                let help = "leave `on_edit` out: it is for triggers on a stage or a segment";
                self.reader.complain(&path, "E0318", message, help)
            }
        }
    }

    fn held(&mut self) -> Option<WhenHeld> {
        let trigger = self.trigger;
        let held = match &trigger.held {
            None => WhenHeld::Skip,
            Some(text) => {
                let path = ["triggers", self.name, "held"];
                let wait = WhenHeld::Wait { at_most: None };
                let words = [
                    ("skip", WhenHeld::Skip),
                    ("wait", wait),
                    ("replace", WhenHeld::Replace),
                ];
                self.reader.word(KeyedText::new(&path, text), &words)?
            }
        };
        let at_most = self.length("wait_at_most", trigger.wait_at_most.as_ref());
        if trigger.wait_at_most.is_some() && !matches!(held, WhenHeld::Wait { .. }) {
            let path = ["triggers", self.name, "wait_at_most"];
            let message = "this trigger's messages do not wait when they are held back";
            return self.reader.complain(
                &path,
                "E0314",
                message,
                "write `held = \"wait\"`, or leave `wait_at_most` out",
            );
        }
        Some(if let WhenHeld::Wait { .. } = held {
            WhenHeld::Wait { at_most }
        } else {
            held
        })
    }

    fn actions(&mut self) -> Vec<Action> {
        let path = ["triggers", self.name];
        if self.trigger.actions.is_empty() {
            let diagnostic = Diagnostic::warning(
                "W0301",
                crate::span::Span::default(),
                "this trigger does nothing",
            )
            .help("write what it does: `do = [{ send = \"…\" }]`");
            self.reader.note(KeyedText::new(&path, ""), diagnostic);
        }
        let actions = self.trigger.actions.iter().enumerate();
        actions
            .filter_map(|(i, action)| self.action(&i.to_string(), action))
            .collect()
    }

    fn action(&mut self, i: &str, document: &ActionDocument) -> Option<Action> {
        let path = ["triggers", self.name, "do", i];
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
                &path,
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
                    .complain::<()>(&path, "E0315", message, "leave it out");
            }
        }
        let here = [path[0], path[1], path[2], path[3], key];
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
            "set" => self.set(at, &path, document.to.as_ref()),
            _ => self.add(at, &path, document.by.as_ref()),
        };
        let variant = match &document.variant {
            None => None,
            Some(variant) => match self.trigger.split.get_index_of(variant) {
                Some(position) => Some(position),
                None => {
                    let known: Vec<&str> = self.trigger.split.keys().map(String::as_str).collect();
                    let path = [path[0], path[1], path[2], path[3], "variant"];
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
        if self.trigger.held.as_deref() == Some("replace") && declared.instead.is_none() {
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
