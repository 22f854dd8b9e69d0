//! Renders what a trigger or a journey did as text.

use super::account::{Decision, TriggerAccount};
use crate::terminal::counted;
use segue::engine::{
    Cause, ChannelCandidate, Effect, EffectAction, JourneyPassage, OutputKind, PassageReason,
    Suppressed, SuppressionReason,
};
use segue::{Instant, Rulebook};
use std::fmt::Write as _;

/// Renders an account; `whole` adds the explanations of conditions, part by part.
pub(super) fn text(account: &TriggerAccount, rulebook: &Rulebook, whole: bool) -> String {
    let mut out = String::new();
    let mut firings: Vec<(Instant, Option<&str>)> = account.decisions.iter().map(firing).collect();
    firings.dedup();
    let TriggerAccount {
        trigger,
        journey,
        profile,
        from,
        at,
        on,
        when,
        decisions,
        condition,
        stages,
        steps,
        next,
    } = account;
    let times = match firings.len() {
        0 => "never triggered".to_owned(),
        n => format!("triggered {}", counted(n, "time")),
    };
    let name = trigger.as_ref().or(journey.as_ref());
    let name = name.map_or("", String::as_str);
    let _ = writeln!(out, "`{name}` for {profile} from {from} to {at}: {times}");
    let _ = writeln!(out, "  waits for: {on}");
    if let Some(when) = when {
        let _ = writeln!(
            out,
            "  guard:     {}",
            when.split_whitespace().collect::<Vec<_>>().join(" ")
        );
    }
    let mut last = None;
    for decision in decisions {
        let (entered, subject) = firing(decision);
        if last != Some((entered, subject)) {
            let about = subject.map(|s| format!(" (`{s}`)")).unwrap_or_default();
            let _ = writeln!(out, "\n{entered}: triggered{about}{}", cause(decision));
            last = Some((entered, subject));
        }
        decision_lines(&mut out, decision, rulebook, whole);
    }
    if decisions.is_empty() {
        let _ = writeln!(out, "\nIt was never triggered.");
    }
    if let (Some(condition), true) = (condition, whole) {
        let _ = writeln!(out, "\nThe condition it waits for, at {at}:");
        push_indented(&mut out, &condition.to_string(), 2);
    }
    if !stages.is_empty() {
        let _ = writeln!(out, "\nStages at {at}:");
    }
    for standing in stages {
        let subject = standing
            .subject
            .as_ref()
            .map(|s| format!(" (`{s}`)"))
            .unwrap_or_default();
        let since = standing
            .since
            .map(|at| format!(" since {at}"))
            .unwrap_or_default();
        let _ = writeln!(
            out,
            "  `{}` of `{}`{subject}{since}",
            standing.stage, standing.lifecycle
        );
    }
    for standing in steps {
        let subject = standing.subject.as_ref();
        let subject = subject.map_or_else(String::new, |s| format!(" (`{s}`)"));
        let (step, since) = (&standing.step, standing.since);
        let _ = writeln!(out, "\nIn step `{step}`{subject} since {since}");
    }
    let more = if decisions.is_empty() { "" } else { " more" };
    match next.is_empty() {
        true => drop(writeln!(
            out,
            "\nIf no new data arrives, it does nothing{more}."
        )),
        false => drop(writeln!(out, "\nIf no new data arrives:")),
    }
    next.iter()
        .for_each(|decision| decision_lines(&mut out, decision, rulebook, whole));
    out
}

fn firing(decision: &Decision) -> (Instant, Option<&str>) {
    match &decision.output.kind {
        OutputKind::Effect(effect) => (effect.entered, effect.subject.as_deref()),
        OutputKind::Suppressed(held) => (held.entered, held.subject.as_deref()),
        OutputKind::JourneyPassed(passage) => (passage.entered, passage.subject.as_deref()),
        _ => (decision.output.at, None),
    }
}

fn cause(decision: &Decision) -> String {
    match &decision.output.cause {
        Cause::Event { kind, id: Some(id) } => format!(" by the event `{kind}` ({id})"),
        Cause::Event { kind, id: None } => format!(" by an event `{kind}`"),
        Cause::Attribute { name } => format!(" by a change of `{name}`"),
        Cause::Tag { path } => format!(" by a change of the tag `{path}`"),
        _ => String::new(),
    }
}

fn decision_lines(out: &mut String, decision: &Decision, rulebook: &Rulebook, whole: bool) {
    let at = decision.output.at;
    match &decision.output.kind {
        OutputKind::Effect(effect) => {
            let _ = writeln!(out, "  ✓ {at}: {}", done(effect));
            candidate_lines(
                out,
                effect.action.chosen(),
                effect.action.channel().map(|c| &**c),
                rulebook,
            );
            if let (Some(why), true) = (&effect.why, whole) {
                push_indented(out, &why.to_string(), 6);
            }
        }
        OutputKind::Suppressed(held) => {
            let what = held
                .message
                .as_ref()
                .map_or_else(|| "no action".to_owned(), |m| format!("`{m}` not sent"));
            let _ = writeln!(
                out,
                "  ✗ {at}: {what}: {}{}",
                reason(held, rulebook),
                waits(held)
            );
            candidate_lines(out, &held.candidates, None, rulebook);
            if let (Some(explanation), true) = (&decision.because_of, whole) {
                push_indented(out, &explanation.to_string(), 6);
            }
        }
        OutputKind::JourneyPassed(passage) => {
            let _ = writeln!(out, "  → {at}: {}", passed(passage));
        }
        _ => {}
    }
}

/// The channels among which there was a choice, one a line.
fn candidate_lines(
    out: &mut String,
    candidates: &[ChannelCandidate],
    chosen: Option<&str>,
    rulebook: &Rulebook,
) {
    for of in candidates {
        let mark = if chosen == Some(&of.channel) {
            "→"
        } else {
            "·"
        };
        let why = match &of.refused {
            Some(reason) => format!("; not now: {}", why_not(reason, None, rulebook)),
            None => String::new(),
        };
        let _ = writeln!(
            out,
            "      {mark} `{}`: {} to {}, cost {}, worth {}{why}",
            of.channel,
            counted_of(of.reacted, "reaction"),
            counted_of(of.sent, "message"),
            of.cost,
            of.worth
        );
    }
}

fn counted_of(n: u64, what: &str) -> String {
    counted(usize::try_from(n).unwrap_or(usize::MAX), what)
}

/// `first` done, on to `second`
fn passed(passage: &JourneyPassage) -> String {
    let left = |from: &str| match passage.because {
        PassageReason::Entered | PassageReason::Done => format!("`{from}` done"),
        PassageReason::Happened => format!("what `{from}` waits for happened"),
        PassageReason::TimeOver => format!("what `{from}` waits for did not come in time"),
        PassageReason::Chosen => format!("`{from}` done, by one of its cases"),
        PassageReason::Goal => format!("goal reached in `{from}`"),
        PassageReason::Exit => format!("exit from `{from}`"),
        because => format!("`{from}` left: {}", because.name().replace('_', " ")),
    };
    match (&passage.from, &passage.to) {
        (None, Some(to)) => format!("entered, in `{to}`"),
        (Some(from), Some(to)) => format!("{}, on to `{to}`", left(from)),
        (Some(from), None) => format!("{}, out of the journey", left(from)),
        (None, None) if passage.held_out => "goal reached by one who is held out".to_owned(),
        (None, None) => "goal reached after the journey".to_owned(),
    }
}

fn push_indented(out: &mut String, text: &str, by: usize) {
    for line in text.lines() {
        let _ = writeln!(out, "{}", format!("{:by$}{line}", "").trim_end());
    }
}

fn done(effect: &Effect) -> String {
    let variant = effect
        .variant
        .as_ref()
        .map(|v| format!(" (variant `{v}`)"))
        .unwrap_or_default();
    let done = match &effect.action {
        EffectAction::Send {
            message,
            channel,
            content_variant,
            offer,
            instead_of,
            ..
        } => {
            let content = content_variant
                .as_ref()
                .map_or_else(String::new, |name| format!(" in the variant `{name}`"));
            let instead = instead_of
                .as_ref()
                .map(|m| format!(" instead of `{m}`"))
                .unwrap_or_default();
            let offer = offer.as_ref().map_or_else(String::new, |offer| {
                let values = offer.values.iter();
                let values = values.map(|(name, of)| format!("{name} {}", value(of)));
                let values = values.collect::<Vec<_>>().join(", ");
                format!(" with the offer `{}` ({values})", offer.name)
            });
            format!("`{message}`{content}{offer} sent through `{channel}`{instead}")
        }
        EffectAction::Call { name, .. } => format!("`{name}` called"),
        EffectAction::Tag { path } => format!("tag `{path}` added"),
        EffectAction::Untag { path } => format!("tag `{path}` removed"),
        EffectAction::Set { attribute, to } => format!("`{attribute}` set to {}", value(to)),
        EffectAction::Add { attribute, by } => format!("{} added to `{attribute}`", value(by)),
        _ => "done".to_owned(),
    };
    done + &variant
}

/// A value as JSON.
fn value(value: &segue::value::Scalar) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn reason(held: &Suppressed, rulebook: &Rulebook) -> String {
    why_not(&held.reason, held.trigger.as_deref(), rulebook)
}

fn why_not(reason: &SuppressionReason, trigger: Option<&str>, rulebook: &Rulebook) -> String {
    let document = rulebook.document();
    let trigger = trigger.and_then(|name| document.triggers.get(name));
    match reason {
        SuppressionReason::Guard => "its guard did not hold".to_owned(),
        SuppressionReason::OutsideCampaign {
            campaign,
            next: Some(next),
        } => format!("its campaign `{campaign}` begins at {next}"),
        SuppressionReason::OutsideCampaign {
            campaign,
            next: None,
        } => format!("its campaign `{campaign}` is over"),
        SuppressionReason::Repeated => "it had already fired at this instant".to_owned(),
        SuppressionReason::Reentry { next: None } => "re-entry is not allowed".to_owned(),
        SuppressionReason::Reentry { next: Some(next) } => {
            format!("re-entry is not allowed before {next}")
        }
        SuppressionReason::Cooldown { next } => {
            format!("its cooldown ends at {next}")
        }
        SuppressionReason::Holdout { own: true } => {
            "the profile is in its control group".to_owned()
        }
        SuppressionReason::Holdout { own: false } => {
            "the profile is in the global control group".to_owned()
        }
        SuppressionReason::NoVariant => "the profile falls into none of its variants".to_owned(),
        SuppressionReason::NoProcessingConsent => "there is no consent to processing".to_owned(),
        SuppressionReason::NoConsent { channel } => {
            format!("there is no consent for `{channel}`")
        }
        SuppressionReason::NotAllowed { channel } => {
            format!("`{channel}` is not for such messages")
        }
        SuppressionReason::QuietHours {
            channel,
            next: Some(next),
        } => format!("quiet hours of `{channel}` until {next}"),
        SuppressionReason::QuietHours {
            channel,
            next: None,
        } => format!("quiet hours of `{channel}` never end"),
        SuppressionReason::FrequencyCap { cap, most, next } => {
            let rule = cap
                .checked_sub(1)
                .and_then(|place| document.caps.get(place));
            let period = match rule.map(|c| (&c.per, &c.within)) {
                Some((Some(per), _)) => format!(" per {per}"),
                Some((_, Some(within))) => format!(" within {within}"),
                _ => String::new(),
            };
            format!("frequency cap {cap} (at most {most}{period}) is reached until {next}")
        }
        SuppressionReason::Expired { needed } => {
            let most = trigger.and_then(|t| t.wait_at_most.as_ref());
            let most = most
                .map(|most| format!(", longer than {most}"))
                .unwrap_or_default();
            match needed {
                Some(needed) => format!("it would have to wait {needed}{most}"),
                None => format!("it would have to wait too long{most}"),
            }
        }
        SuppressionReason::InJourney => "the profile is in the journey already".to_owned(),
        SuppressionReason::JourneyOver => "its exit or its goal holds".to_owned(),
        SuppressionReason::RuleChanged => {
            "the rules have changed, and its trigger no longer sends it".to_owned()
        }
        _ => "suppressed".to_owned(),
    }
}

fn waits(held: &Suppressed) -> String {
    held.waits_until
        .map_or_else(String::new, |until| format!("; waits until {until}"))
}
