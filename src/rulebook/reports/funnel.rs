//! `funnel = ["viewed as v", "purchased(product = v.product)"]`: how many come to each step.

use super::{Kind, ReportParts, ReportPlan, ReportReader, StepText};
use crate::ir::visit::slots_read;
use crate::ir::{CalendarSpan, Select, SlotId};
use crate::rule::ValueRule;
use crate::rulebook::document::ReportDocument;
use std::sync::Arc;

/// The most steps, as many as a sequence of the language has.
pub(crate) const MAX_STEPS: usize = 16;

pub(super) const KIND: Kind = Kind {
    key: "funnel",
    takes: &["within", "between", "order", "without", "ties", "by"],
    is_meant: |document| document.funnel.is_some(),
    load,
};

/// A funnel, checked.
#[derive(Debug)]
pub(crate) struct FunnelPlan {
    pub(crate) steps: Vec<FunnelStepPlan>,
    /// At most this long after the first step, the end included.
    pub(crate) within: Option<CalendarSpan>,
    pub(crate) between: BetweenSteps,
    pub(crate) order: StepOrder,
    /// What ends an attempt.
    pub(crate) without: Option<Select>,
    pub(crate) ties: Ties,
    pub(crate) by: Option<ValueRule>,
}

#[derive(Debug)]
pub(crate) struct FunnelStepPlan {
    pub(crate) text: Arc<str>,
    pub(crate) events: Select,
}

/// What may happen between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BetweenSteps {
    Anything,
    /// What the step before is, once more.
    Repeats,
    Nothing,
}

/// Whether steps have an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepOrder {
    AsWritten,
    Any,
}

/// What events of the same instant are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ties {
    /// None follows another.
    NotInOrder,
    /// Each may follow the others.
    InAnyOrder,
}

const BETWEEN: [(&str, BetweenSteps); 3] = [
    ("anything", BetweenSteps::Anything),
    ("nothing else", BetweenSteps::Repeats),
    ("nothing", BetweenSteps::Nothing),
];

const ORDERS: [(&str, StepOrder); 2] = [
    ("as written", StepOrder::AsWritten),
    ("any", StepOrder::Any),
];

const TIES: [(&str, Ties); 2] = [
    ("not in order", Ties::NotInOrder),
    ("in any order", Ties::InAnyOrder),
];

impl FunnelPlan {
    pub(super) fn parts(&self) -> ReportParts<'_> {
        let steps = self.steps.iter().map(|step| &step.events);
        ReportParts {
            events: steps.chain(&self.without).collect(),
            values: self.by.iter().map(ValueRule::term).collect(),
        }
    }
}

/// The other events that a test of these reads, by where they are kept.
pub(crate) fn events_read(events: &Select) -> impl Iterator<Item = SlotId> {
    let read = events.filter.iter().flat_map(slots_read);
    read.filter(|slot| Some(*slot) != events.slot)
}

fn load(document: &ReportDocument, reader: &mut ReportReader<'_, '_>) -> Option<ReportPlan> {
    let within = reader.length("within", document.within.as_ref());
    let between = reader.word(
        "between",
        document.between.as_ref(),
        &BETWEEN,
        BetweenSteps::Anything,
    );
    let order = reader.word(
        "order",
        document.order.as_ref(),
        &ORDERS,
        StepOrder::AsWritten,
    );
    let ties = reader.word("ties", document.ties.as_ref(), &TIES, Ties::NotInOrder);
    let by = reader.by(document.by.as_ref());
    let steps = steps(document, reader);
    let plan = combined(
        steps?,
        FunnelPlan {
            steps: Vec::new(),
            within: within?,
            between: between?,
            order: order?,
            without: None,
            ties: ties?,
            by: by?,
        },
    );
    check_together(&plan, document, reader)?;
    Some(ReportPlan::Funnel(Arc::new(plan)))
}

/// The steps and, behind them, what ends an attempt.
type Steps = (Vec<FunnelStepPlan>, Option<Select>);

fn combined((steps, without): Steps, plan: FunnelPlan) -> FunnelPlan {
    FunnelPlan {
        steps,
        without,
        ..plan
    }
}

fn steps(document: &ReportDocument, reader: &mut ReportReader<'_, '_>) -> Option<Steps> {
    let written = document.funnel.as_deref().unwrap_or_default();
    if !(2..=MAX_STEPS).contains(&written.len()) {
        let message = format!("a funnel has 2 to {MAX_STEPS} steps, not {}", written.len());
        let help = "one step for each event: `funnel = [\"viewed\", \"purchased\"]`";
        return reader.complain(&["funnel"], &message, help);
    }
    let positions: Vec<String> = (0..written.len()).map(|i| i.to_string()).collect();
    let keys: Vec<[&str; 2]> = positions.iter().map(|i| ["funnel", i.as_str()]).collect();
    let steps = keys.iter().zip(written);
    let mut texts: Vec<StepText<'_>> = steps.map(|(keys, text)| StepText { keys, text }).collect();
    let without = document.without.as_deref();
    texts.extend(without.map(|text| StepText {
        keys: &["without"],
        text,
    }));
    let mut selects = reader.steps(&texts)?;
    let without = without.and_then(|_| selects.pop());
    let steps = written.iter().zip(selects);
    let steps = steps.map(|(text, events)| FunnelStepPlan {
        text: text.trim().into(),
        events,
    });
    Some((steps.collect(), without))
}

/// What parts of a funnel contradict each other.
fn check_together(
    plan: &FunnelPlan,
    document: &ReportDocument,
    reader: &mut ReportReader<'_, '_>,
) -> Option<()> {
    if plan
        .without
        .as_ref()
        .is_some_and(|without| without.slot.is_some())
    {
        let message = "the events of `without` do not happen, so nothing reads their name";
        return reader.complain(&["without"], message, "leave `as …` out");
    }
    let reads = plan.steps.iter();
    let reads = reads.map(|step| events_read(&step.events).next().is_some());
    let reader_step = reads.into_iter().position(|reads| reads);
    let without_reads = plan
        .without
        .as_ref()
        .is_some_and(|without| events_read(without).next().is_some());
    let keys: Option<Vec<String>> = match (reader_step, without_reads) {
        (Some(position), _) => Some(vec!["funnel".to_owned(), position.to_string()]),
        (None, true) => Some(vec!["without".to_owned()]),
        (None, false) => None,
    };
    let keys: Option<Vec<&str>> = keys
        .as_ref()
        .map(|keys| keys.iter().map(String::as_str).collect());
    if plan.order == StepOrder::Any {
        if plan.between != BetweenSteps::Anything {
            let message = "steps in any order have nothing between them";
            return reader.complain(&["between"], message, "leave `between` or `order` out");
        }
        if document.ties.is_some() {
            let message = "steps in any order need not follow each other";
            return reader.complain(&["ties"], message, "leave `ties` or `order` out");
        }
        if let Some(keys) = keys {
            let message = "in any order, no step is known to have come before";
            return reader.complain(&keys, message, "leave `order` out");
        }
    } else if plan.ties == Ties::InAnyOrder
        && let Some(keys) = keys
    {
        let message = "what reads a step has to come after it";
        return reader.complain(&keys, message, "leave `ties` out");
    }
    Some(())
}
