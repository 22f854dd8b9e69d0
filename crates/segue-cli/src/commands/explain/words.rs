//! What a trigger did, in words.

use super::trigger::{Decision, Told};
use crate::terminal::counted;
use segue::engine::{Cause, Effect, EffectAction, OutputKind, Suppressed, SuppressionReason};
use segue::{Instant, Rulebook};
use std::fmt::Write as _;

/// The whole account. `whole`: with the explanations of conditions, part by part.
pub(super) fn text(told: &Told, rulebook: &Rulebook, whole: bool) -> String {
    let mut out = String::new();
    let mut occasions: Vec<(Instant, Option<&str>)> = told.decisions.iter().map(occasion).collect();
    occasions.dedup();
    let Told {
        trigger,
        profile,
        from,
        at,
        on,
        when,
        decisions,
        condition,
        stages,
        next,
    } = told;
    let times = counted(occasions.len(), "occasion");
    let _ = writeln!(
        out,
        "`{trigger}` for {profile} from {from} to {at}: {times}"
    );
    let _ = writeln!(out, "  waits for: {on}");
    if let Some(when) = when {
        let _ = writeln!(
            out,
            "  fires if:  {}",
            when.split_whitespace().collect::<Vec<_>>().join(" ")
        );
    }
    let mut last = None;
    for decision in decisions {
        let (entered, subject) = occasion(decision);
        if last != Some((entered, subject)) {
            let about = subject.map(|s| format!(" (`{s}`)")).unwrap_or_default();
            let _ = writeln!(
                out,
                "\n{entered}: its occasion came{about}{}",
                cause(decision)
            );
            last = Some((entered, subject));
        }
        tell(&mut out, decision, rulebook, whole);
    }
    if decisions.is_empty() {
        let _ = writeln!(out, "\nIts occasion never came.");
    }
    if let (Some(condition), true) = (condition, whole) {
        let _ = writeln!(out, "\nThe condition it waits for, at {at}:");
        indented(&mut out, &condition.to_string(), 2);
    }
    if !stages.is_empty() {
        let _ = writeln!(out, "\nWhere the profile stands at {at}:");
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
    let more = if decisions.is_empty() { "" } else { " more" };
    match next.is_empty() {
        true => drop(writeln!(
            out,
            "\nIf nothing new happens, it does nothing{more}."
        )),
        false => drop(writeln!(out, "\nIf nothing new happens:")),
    }
    next.iter()
        .for_each(|decision| tell(&mut out, decision, rulebook, whole));
    out
}

fn occasion(decision: &Decision) -> (Instant, Option<&str>) {
    match &decision.output.kind {
        OutputKind::Effect(effect) => (effect.entered, effect.subject.as_deref()),
        OutputKind::Suppressed(held) => (held.entered, held.subject.as_deref()),
        _ => (decision.output.at, None),
    }
}

fn cause(decision: &Decision) -> String {
    match &decision.output.cause {
        Cause::Event { kind, id: Some(id) } => format!(", with the event `{kind}` ({id})"),
        Cause::Event { kind, id: None } => format!(", with an event `{kind}`"),
        Cause::Attribute { name } => format!(", with a change of `{name}`"),
        Cause::Tag { path } => format!(", with a change of the tag `{path}`"),
        _ => String::new(),
    }
}

fn tell(out: &mut String, decision: &Decision, rulebook: &Rulebook, whole: bool) {
    let at = decision.output.at;
    match &decision.output.kind {
        OutputKind::Effect(effect) => {
            let _ = writeln!(out, "  ✓ {at}: {}", done(effect));
            if let (Some(why), true) = (&effect.why, whole) {
                indented(out, &why.to_string(), 6);
            }
        }
        OutputKind::Suppressed(held) => {
            let what = held
                .message
                .as_ref()
                .map_or_else(|| "nothing".to_owned(), |m| format!("`{m}` not sent"));
            let _ = writeln!(
                out,
                "  ✗ {at}: {what}: {}{}",
                reason(held, rulebook),
                waits(held)
            );
            if let (Some(explanation), true) = (&decision.because_of, whole) {
                indented(out, &explanation.to_string(), 6);
            }
        }
        _ => {}
    }
}

fn indented(out: &mut String, text: &str, by: usize) {
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
            instead_of,
            ..
        } => {
            let instead = instead_of
                .as_ref()
                .map(|m| format!(" in the place of `{m}`"))
                .unwrap_or_default();
            format!("`{message}` sent by `{channel}`{instead}")
        }
        EffectAction::Call { name, .. } => format!("`{name}` called"),
        EffectAction::Tag { path } => format!("tag `{path}` given"),
        EffectAction::Untag { path } => format!("tag `{path}` taken away"),
        EffectAction::Set { attribute, to } => format!("`{attribute}` set to {}", value(to)),
        EffectAction::Add { attribute, by } => format!("{} added to `{attribute}`", value(by)),
        _ => "done".to_owned(),
    };
    done + &variant
}

/// A value as JSON has it.
fn value(value: &segue::value::Scalar) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn reason(held: &Suppressed, rulebook: &Rulebook) -> String {
    let document = rulebook.document();
    let trigger = held
        .trigger
        .as_ref()
        .and_then(|name| document.triggers.get(&**name));
    match &held.reason {
        SuppressionReason::Guard => "the condition under which it fires did not hold".to_owned(),
        SuppressionReason::Repeated => "it had fired at this instant already".to_owned(),
        SuppressionReason::Reentry { next: None } => "a profile enters it only once".to_owned(),
        SuppressionReason::Reentry { next: Some(next) } => {
            format!("the profile may enter again only from {next} on")
        }
        SuppressionReason::Cooldown { next } => {
            format!("its last effect was too recent; its cooldown ends at {next}")
        }
        SuppressionReason::Holdout { own: true } => {
            "the profile is in the trigger's control group".to_owned()
        }
        SuppressionReason::Holdout { own: false } => {
            "the profile is in the control group of all messages".to_owned()
        }
        SuppressionReason::NoVariant => {
            "the shares of its variants leave the profile out".to_owned()
        }
        SuppressionReason::NoProcessingConsent => {
            "the profile's data may not be processed".to_owned()
        }
        SuppressionReason::NoConsent { channel } => {
            format!("the profile may not be written to by `{channel}`")
        }
        SuppressionReason::QuietHours {
            channel,
            next: Some(next),
        } => format!("`{channel}` is silent until {next}"),
        SuppressionReason::QuietHours {
            channel,
            next: None,
        } => format!("`{channel}` is always silent"),
        SuppressionReason::FrequencyCap { cap, most, next } => {
            let rule = cap
                .checked_sub(1)
                .and_then(|place| document.caps.get(place));
            let period = match rule.map(|c| (&c.per, &c.within)) {
                Some((Some(per), _)) => format!(" per {per}"),
                Some((_, Some(within))) => format!(" within {within}"),
                _ => String::new(),
            };
            format!("cap {cap}, at most {most}{period}, is used up until {next}")
        }
        SuppressionReason::Expired { needed } => {
            let most = trigger.and_then(|t| t.wait_at_most.as_ref());
            let most = most
                .map(|most| format!(", longer than {most}"))
                .unwrap_or_default();
            match needed {
                Some(needed) => format!("it would have had to wait {needed}{most}"),
                None => format!("it would have had to wait too long{most}"),
            }
        }
        SuppressionReason::RuleChanged => {
            "the rules have changed, and its trigger does not send it any more".to_owned()
        }
        _ => "it was held back".to_owned(),
    }
}

fn waits(held: &Suppressed) -> String {
    held.waits_until
        .map_or_else(String::new, |until| format!("; it waits until {until}"))
}
