//! Moments of truth: what a shop must say within minutes or not at all, on a service's own structs.
//!
//! ```text
//! cargo run --example moments_of_truth
//! ```
//!
//! A week runs by a clock of its own: it goes from one report, or one wake-up that the engine asked for, to the next.
//! Nothing is polled. On Monday night the service is stopped; what it knew goes on from JSON.

mod member;
#[cfg(test)]
mod tests;
mod week;

use member::{Activity, Member};
use segue::engine::{
    EffectAction, Engine, EngineOutput, EngineState, OutputKind, Receipt, SuppressionReason,
};
use segue::profile::Model;
use segue::rulebook::Format;
use segue::value::Scalar;
use segue::{Duration, Instant, Rulebook};
use std::collections::VecDeque;
use std::error::Error;
use week::at;

/// Payments may be reported so much later than they were made.
const LATENESS: Duration = Duration::from_micros(15 * 60 * 1_000_000);

/// The shop's service: the engine, and what is still to be reported to it.
struct Service {
    rulebook: Rulebook,
    model: Model<Member>,
    engine: Engine<Member>,
    reports: VecDeque<(&'static str, Activity)>,
}

impl Service {
    /// The service as it starts on Monday at midnight, with the members that it knows.
    fn start() -> Result<Self, Box<dyn Error>> {
        let model = Model::<Member>::new()?;
        let loader = Rulebook::loader()
            .file("rules.toml")
            .schema(model.schema().clone());
        let rulebook = loader.load(Format::Toml, include_str!("rules.toml"))?;
        let mut engine = Engine::new(&rulebook, &model)?.with_lateness(LATENESS);
        // Time first: members are taken as they stand at the engine's time.
        engine.advance(at("03-09 00:00")?, &mut Vec::new());
        week::known()?
            .into_iter()
            .for_each(|member| engine.insert(member));
        Ok(Service {
            rulebook,
            model,
            engine,
            reports: week::reported()?.into(),
        })
    }

    /// Runs up to an instant (included): whatever comes first, a report or a wake-up, is next.
    fn run(&mut self, until: Instant, out: &mut Vec<EngineOutput>) -> Vec<Receipt> {
        let mut receipts = Vec::new();
        loop {
            let wakeup = self.engine.next_wakeup().filter(|at| *at <= until);
            let report = self
                .reports
                .front()
                .map(|(_, event)| segue::Event::at(event))
                .filter(|at| *at <= until);
            match (wakeup, report) {
                (Some(wakeup), report) if report.is_none_or(|report| wakeup < report) => {
                    self.engine.advance(wakeup, out);
                }
                (_, Some(_)) => {
                    let Some((who, event)) = self.reports.pop_front() else {
                        break;
                    };
                    receipts.push(self.engine.observe(who, event, out));
                }
                _ => break,
            }
        }
        self.engine.advance(until, out);
        receipts
    }

    /// Stops, and goes on from what was kept.
    fn restart(&mut self) -> Result<usize, Box<dyn Error>> {
        let kept = serde_json::to_string(self.engine.state())?;
        let state: EngineState<Member> = serde_json::from_str(&kept)?;
        let mut out = Vec::new();
        (self.engine, _) = Engine::restore(&self.rulebook, &self.model, state, &mut out)?;
        assert!(out.is_empty(), "the rules are the same: {out:?}");
        Ok(kept.len())
    }
}

/// A time as clocks in Shanghai show it.
fn clock(at: Instant) -> String {
    at.to_utc()
        .with_timezone(&chrono_tz::Asia::Shanghai)
        .format("%a %H:%M")
        .to_string()
}

fn plain(value: &Scalar) -> String {
    match value {
        Scalar::Whole(n) => n.to_string(),
        other => format!("{other:?}"),
    }
}

fn because(reason: &SuppressionReason) -> String {
    match reason {
        SuppressionReason::Guard => "it is settled by now".to_owned(),
        SuppressionReason::Holdout { .. } => "control group".to_owned(),
        SuppressionReason::NoConsent { channel } => format!("not reachable by {channel}"),
        SuppressionReason::QuietHours { channel, .. } => format!("{channel} is silent now"),
        SuppressionReason::FrequencyCap { most: 1, .. } => "one a day is enough".to_owned(),
        SuppressionReason::FrequencyCap { most, next, .. } => {
            format!("{most} were sent already, the next may go {}", clock(*next))
        }
        other => format!("{other:?}"),
    }
}

/// One line for what was sent or held back; none for what only moves.
fn line(output: &EngineOutput) -> Option<String> {
    let what = match &output.kind {
        OutputKind::Effect(effect) => {
            let about = effect
                .subject
                .as_deref()
                .map(|s| format!(" ({s})"))
                .unwrap_or_default();
            match &effect.action {
                EffectAction::Send {
                    message, channel, ..
                } => format!("{channel}: {message}{about}"),
                EffectAction::Call { name, .. } => format!("call {name}"),
                EffectAction::Add { attribute, by } => format!("{attribute} +{}", plain(by)),
                EffectAction::Tag { path } => format!("tag {path}"),
                other => format!("{other:?}"),
            }
        }
        OutputKind::Suppressed(held) => {
            let what = held
                .message
                .as_deref()
                .or(held.trigger.as_deref())
                .unwrap_or_default();
            let then = held
                .waits_until
                .map(|at| format!("; waits until {}", clock(at)))
                .unwrap_or_default();
            format!("    not {what}: {}{then}", because(&held.reason))
        }
        _ => return None,
    };
    Some(format!(
        "{}  {:<9} {what}",
        clock(output.at),
        output.profile
    ))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut service = Service::start()?;
    let mut out = Vec::new();
    service.run(at("03-09 23:00")?, &mut out);
    out.iter()
        .filter_map(line)
        .for_each(|line| println!("{line}"));

    let bytes = service.restart()?;
    println!("\nstopped for the night and gone on from {bytes} bytes of JSON\n");

    out.clear();
    service.run(at("03-15 23:59")?, &mut out);
    out.iter()
        .filter_map(line)
        .for_each(|line| println!("{line}"));
    let why = out.iter().find_map(|h| match &h.kind {
        OutputKind::Effect(effect) if effect.trigger.as_deref() == Some("about_to_go_inactive") => {
            effect.why.as_ref()
        }
        _ => None,
    });
    println!(
        "\nwhy liu-na got her coupon:\n{}",
        why.ok_or("no coupon was sent")?
    );
    Ok(())
}
