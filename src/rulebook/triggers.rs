//! Loading triggers: what they wait for, when they fire, what they do.

use super::actions::Actions;
use super::campaigns::{self, Campaigns};
use super::document::{RulebookDocument, ShareDocument, StageDocument, TriggerDocument};
use super::reader::{KeyedText, Reader, word};
use crate::check::EntryNames;
use crate::check::NameMeaning;
use crate::check::trigger::{Stages, entry_names, occasion, property};
use crate::rule::sending::{Draw, Sending, Share};
use crate::rule::trigger::{Action, Again, Occasion, Per, Split, Trigger, WhenHeld};
use crate::syntax::parse_trigger;
use crate::{Diagnostic, syntax};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The names of the stages of each lifecycle.
pub(super) fn stages_of(lifecycles: &BTreeMap<String, Vec<StageDocument>>) -> Stages<'_> {
    let lifecycles = lifecycles.iter().map(|(name, stages)| {
        let stages = stages.iter().map(|stage| stage.name.as_str());
        (name.as_str(), stages.collect())
    });
    lifecycles.collect()
}

/// The triggers as they are declared. `stages` are those of each lifecycle.
pub(super) fn load(
    document: &RulebookDocument,
    stages: &Stages<'_>,
    (sending, campaigns): (&Sending, &Campaigns),
    reader: &mut Reader<'_>,
) -> Vec<Trigger> {
    let mut triggers = Vec::with_capacity(document.triggers.len());
    for (name, trigger) in &document.triggers {
        let mut loading = Loading {
            table: "triggers",
            name,
            trigger,
            document,
            sending,
            campaigns,
            reader,
        };
        let (occasion, entry) = loading.occasion(stages);
        let entrance = loading.entrance(occasion, &entry);
        let actions = loading.actions(&entry);
        triggers.extend(entrance.map(|entrance| Trigger {
            actions,
            ..entrance
        }));
    }
    triggers
}

/// Loads what stands under one name.
pub(super) struct Loading<'a, 'r> {
    /// The table of the document that it stands in.
    pub(super) table: &'a str,
    pub(super) name: &'a str,
    pub(super) trigger: &'a TriggerDocument,
    pub(super) document: &'a RulebookDocument,
    pub(super) sending: &'a Sending,
    pub(super) campaigns: &'a Campaigns,
    pub(super) reader: &'a mut Reader<'r>,
}

impl Loading<'_, '_> {
    /// What lets a profile in, and how often; it does nothing yet.
    pub(super) fn entrance(
        &mut self,
        occasion: Option<Occasion>,
        entry: &EntryNames,
    ) -> Option<Trigger> {
        let (name, trigger) = (self.name, self.trigger);
        let wait = trigger.wait.as_ref().map(|text| {
            self.reader
                .wait(KeyedText::new(&[self.table, name, "wait"], text))
        });
        let guard = trigger.when.as_ref().map(|text| {
            let at = [self.table, name, "when"];
            self.reader
                .condition_for(KeyedText::new(&at, text), Some(entry))
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
                .share(KeyedText::new(&[self.table, name, "holdout"], text), true)
        });
        let held = self.held();
        let fires_on_edit = self.fires_on_edit(occasion.as_ref());
        let campaign = trigger.campaign.as_ref().map(|text| {
            let path = [self.table, name, "campaign"];
            let at = KeyedText::new(&path, text);
            campaigns::named(at, self.document, self.campaigns, self.reader)
        });
        Some(Trigger {
            name: name.into(),
            occasion: occasion?,
            wait: match wait {
                Some(wait) => Some(wait?),
                None => None,
            },
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
            campaign: match campaign {
                Some(campaign) => Some(campaign?),
                None => None,
            },
            actions: Vec::new(),
            journey: None,
            version: trigger.version.unwrap_or(1),
        })
    }

    /// What it waits for, and what can be named of it.
    pub(super) fn occasion(&mut self, stages: &Stages<'_>) -> (Option<Occasion>, EntryNames) {
        let text = &self.trigger.on;
        let path = [self.table, self.name, "on"];
        let at = KeyedText::new(&path, text);
        let mut found = syntax::suspicious(text);
        let context = self.reader.context;
        let read = parse_trigger(text).map_err(|errors| found.extend(errors));
        let read = read.ok();
        let occasion = read
            .as_ref()
            .and_then(|read| occasion(read, text, context, stages, &mut found));
        context.place_names(&path, text);
        let wrong = found.iter().any(Diagnostic::is_error);
        found
            .into_iter()
            .for_each(|diagnostic| self.reader.note(at, diagnostic));
        let occasion = occasion.filter(|_| !wrong);
        let names = entry_names(read.as_ref(), occasion.as_ref(), context);
        (occasion, names)
    }

    fn length(&mut self, key: &str, text: Option<&String>) -> Option<crate::ir::CalendarSpan> {
        self.reader
            .length(KeyedText::new(&[self.table, self.name, key], text?))
    }

    fn again(&mut self) -> Option<Again> {
        let Some(text) = &self.trigger.again else {
            return Some(Again::Always);
        };
        let path = [self.table, self.name, "again"];
        let at = KeyedText::new(&path, text);
        if let Some(length) = at.after("after ") {
            return self.reader.length(length).map(Again::After);
        }
        if let Some(length) = at.before(" after leaving") {
            return self.after_leaving(length);
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

    fn after_leaving(&mut self, length: KeyedText<'_>) -> Option<Again> {
        if self.table == "triggers" {
            let message = "a trigger is not left, only a journey is";
            let diagnostic = length.error("E0307", message);
            let help = format!("write `after {}`, counted from the last entry", length.text);
            return self.reader.report(length, diagnostic.help(help));
        }
        self.reader.length(length).map(Again::AfterLeaving)
    }

    fn per(&mut self, per: &str, occasion: &Occasion) -> Option<Per> {
        let path = [self.table, self.name, "per"];
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
            Occasion::Segment { .. }
            | Occasion::Change(_)
            | Occasion::Date(_)
            | Occasion::Schedule { .. } => {
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
            Ok(property) => {
                if per == name {
                    let meaning = || NameMeaning::property(&property, schema);
                    self.reader.plain_name(at, meaning);
                }
                Some(Per::Property(property))
            }
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
            let path = [self.table, self.name, "split", variant];
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
                .complain(&[self.table, self.name, "split"], "E0311", message, help);
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
        let path = [self.table, self.name, "on_edit"];
        let words = [("silent", false), ("fire", true)];
        let fires = self.reader.word(KeyedText::new(&path, text), &words)?;
        match occasion {
            Some(Occasion::Stage { .. } | Occasion::Segment { .. }) | None => Some(fires),
            Some(
                Occasion::Change(_)
                | Occasion::Event(_)
                | Occasion::Silence { .. }
                | Occasion::Date(_)
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
                let path = [self.table, self.name, "held"];
                let or_wait = |or_wait| WhenHeld::Replace { or_wait };
                let words = [
                    ("skip", WhenHeld::Skip),
                    ("wait", WhenHeld::Wait { at_most: None }),
                    ("replace", or_wait(None)),
                    ("replace_or_wait", or_wait(Some(None))),
                ];
                self.reader.word(KeyedText::new(&path, text), &words)?
            }
        };
        let at_most = self.length("wait_at_most", trigger.wait_at_most.as_ref());
        if trigger.wait_at_most.is_some() && held.wait().is_none() {
            let path = [self.table, self.name, "wait_at_most"];
            let message = "this trigger's messages do not wait when they are held back";
            return self.reader.complain(
                &path,
                "E0314",
                message,
                "write `held = \"wait\"` or `held = \"replace_or_wait\"`, or leave `wait_at_most` out",
            );
        }
        Some(match held {
            WhenHeld::Wait { .. } => WhenHeld::Wait { at_most },
            WhenHeld::Replace { or_wait } => WhenHeld::Replace {
                or_wait: or_wait.map(|_| at_most),
            },
            WhenHeld::Skip => WhenHeld::Skip,
        })
    }

    fn actions(&mut self, entry: &EntryNames) -> Vec<Action> {
        let path = [self.table, self.name];
        if self.trigger.actions.is_empty() {
            let diagnostic = Diagnostic::warning(
                "W0301",
                crate::span::Span::default(),
                "this trigger does nothing",
            )
            .help("write what it does: `do = [{ send = \"…\" }]`");
            self.reader.note(KeyedText::new(&path, ""), diagnostic);
        }
        Actions {
            document: self.document,
            sending: self.sending,
            split: &self.trigger.split,
            replaces: self.trigger.held.as_deref() == Some("replace"),
            entry,
            reader: self.reader,
        }
        .load(&path, &self.trigger.actions)
    }
}
