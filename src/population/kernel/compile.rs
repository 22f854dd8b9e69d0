//! What each condition becomes.

use super::column_test::{ColumnTest, values_of};
use super::events::{EventSelection, KindSelection};
use super::fold::{self, FoldTest};
use super::sequence::{SequenceKernel, StepKernel};
use super::{Kernel, KernelPlan, share};
use crate::eval::cond::compare::Comparer;
use crate::eval::cond::leaf::{self, Whole};
use crate::eval::context::Ctx;
use crate::eval::fold::{Fold, Shape};
use crate::eval::value::literal::Literal;
use crate::eval::window::WindowNode;
use crate::eval::{BindError, Binder};
use crate::ir::visit::{Seen, visit_cond};
use crate::ir::{
    Cond, CondKind, FieldRef, Fingerprint, Lit, Operand, Order, PropertyRef, Select, Term,
    TermKind, Windows, is_under,
};
use crate::population::columns::{Column, Columns, EventColumns, Values};
use crate::population::view::{ColumnEvent, ColumnProfile};
use crate::profile::Model;
use crate::rule::Rule;
use crate::schema::{AttributeId, KindId, Schema};
use crate::syntax::Aggregate;
use crate::time::Instant;
use std::collections::HashMap;
use std::sync::Arc;

/// The kernels of some rules.
pub(super) fn plan<'r>(
    columns: &Arc<Columns>,
    model: &Model<ColumnProfile>,
    rules: impl IntoIterator<Item = &'r Rule>,
    now: Instant,
) -> Result<KernelPlan, BindError> {
    let rules: Vec<&Rule> = rules.into_iter().collect();
    for rule in &rules {
        // Tells what the population lacks; from here on everything that a rule reads is there.
        rule.bind(model)?;
    }
    // What is the same under one schema and calendar need not be so under another.
    let mut pairs = rules.iter().zip(rules.iter().skip(1));
    let is_one_file =
        pairs.all(|(a, b)| a.calendar() == b.calendar() && a.schema().is_same(b.schema()));
    let mut memos = if is_one_file {
        repeated(&rules)
    } else {
        Memos::new()
    };
    let mut plan = KernelPlan {
        columns: columns.clone(),
        now: now.micros(),
        roots: Vec::with_capacity(rules.len()),
        tallies: Vec::new(),
        memos: 0,
        row_kinds: Vec::new(),
    };
    for rule in rules {
        let mut compiler = Compiler {
            columns,
            schema: rule.schema(),
            binder: Binder::new(model, rule.schema(), rule.calendar()),
            blank: ColumnProfile::new(columns, Arc::from([]), 0),
            now: now.micros(),
            memos: &mut memos,
            used_memos: &mut plan.memos,
            row_kinds: &mut plan.row_kinds,
        };
        let root = compiler.kernel(rule.root());
        let root = root.unwrap_or_else(|| compiler.row(rule.root()));
        plan.roots.push(root);
    }
    plan.tallies = share::tallies(&mut plan.roots, columns);
    Ok(plan)
}

/// The conditions that stand in several places, which are remembered: each comes to have a number when it is first met.
type Memos = HashMap<Fingerprint, Option<usize>>;

fn repeated(rules: &[&Rule]) -> Memos {
    let mut seen: HashMap<Fingerprint, u32> = HashMap::new();
    for rule in rules {
        visit_cond(rule.root(), &mut |part| {
            if let Seen::Cond(cond) = part {
                *seen.entry(cond.fingerprint()).or_default() += 1;
            }
        });
    }
    seen.retain(|_, times| *times > 1);
    seen.into_keys().map(|of| (of, None)).collect()
}

struct Compiler<'c> {
    columns: &'c Arc<Columns>,
    /// That of the rule.
    schema: &'c Schema,
    binder: Binder<'c, ColumnProfile>,
    /// A profile without events, for what is the same whoever it is asked of.
    blank: ColumnProfile,
    now: i64,
    memos: &'c mut Memos,
    used_memos: &'c mut usize,
    row_kinds: &'c mut Vec<Arc<[usize]>>,
}

impl Compiler<'_> {
    /// The kernel of a condition; `None` where it has none, and none of its parts has.
    fn kernel(&mut self, cond: &Cond) -> Option<Kernel> {
        let kernel = self.kernel_of_kind(cond)?;
        if matches!(
            kernel,
            Kernel::Const(_) | Kernel::Attribute(..) | Kernel::Memo(..)
        ) {
            return Some(kernel);
        }
        let Some(number) = self.memos.get_mut(&cond.fingerprint()) else {
            return Some(kernel);
        };
        let number = *number.get_or_insert_with(|| {
            *self.used_memos += 1;
            *self.used_memos - 1
        });
        Some(Kernel::Memo(number, Box::new(kernel)))
    }

    fn kernel_of_kind(&mut self, cond: &Cond) -> Option<Kernel> {
        if let Some(test) = self.attribute_test(cond) {
            return Some(test);
        }
        match &cond.kind {
            CondKind::Const(holds) => Some(Kernel::Const(*holds)),
            CondKind::All(parts) => self.parts(parts, CondKind::All, Kernel::All),
            CondKind::Any(parts) => self.parts(parts, CondKind::Any, Kernel::Any),
            CondKind::Not(of) => Some(Kernel::Not(Box::new(self.kernel(of)?))),
            CondKind::Segment(segment) => self.kernel(&segment.cond),
            CondKind::Tagged(path) => self.tagged(path.as_deref()),
            CondKind::Happened(select) => Some(Kernel::AtLeast(self.selection(select)?, 1)),
            CondKind::Compare {
                op,
                left,
                right,
                ignoring_case,
            } => self.compared(*op, left, right, *ignoring_case),
            CondKind::OneOf {
                value,
                set,
                ignoring_case,
            } => self.one_of(value, set, *ignoring_case),
            CondKind::Sequence(steps) => self.sequence(steps),
            CondKind::Text { .. }
            | CondKind::Contains { .. }
            | CondKind::Present(_)
            | CondKind::Empty(_)
            | CondKind::Inside { .. }
            | CondKind::Timed { .. }
            | CondKind::OfSubject(_)
            | CondKind::Rows { .. }
            | CondKind::Regularly { .. }
            | CondKind::Sample { .. }
            | CondKind::Upcoming { .. }
            | CondKind::AsOf { .. }
            | CondKind::State { .. }
            | CondKind::Held { .. } => None,
        }
    }

    /// The parts of an `and` or an `or`, the cheapest first. Those that have no kernel are asked together, so that a profile is looked at
    /// once for all of them.
    fn parts(
        &mut self,
        parts: &[Cond],
        joined: impl Fn(Vec<Cond>) -> CondKind,
        kernel: impl Fn(Vec<Kernel>) -> Kernel,
    ) -> Option<Kernel> {
        let (mut kernels, mut rest) = (Vec::new(), Vec::new());
        for part in parts {
            match self.kernel(part) {
                Some(kernel) => kernels.push(kernel),
                None => rest.push(part.clone()),
            }
        }
        if kernels.is_empty() && !rest.is_empty() {
            return None;
        }
        kernels.sort_by_cached_key(|kernel| kernel.cost(self.columns));
        if let Some(span) = rest.first().map(|part| part.span) {
            let rest = match <[Cond; 1]>::try_from(rest) {
                Ok([only]) => only,
                Err(several) => Cond::new(joined(several), span),
            };
            kernels.push(self.row(&rest));
        }
        Some(kernel(kernels))
    }

    /// A condition that is asked of one profile after the other.
    fn row(&mut self, cond: &Cond) -> Kernel {
        let mut kinds = Vec::new();
        visit_cond(cond, &mut |seen| {
            if let Seen::Select(select) = seen {
                kinds.extend_from_slice(&select.kinds);
            }
        });
        let mut kinds: Vec<usize> = kinds
            .into_iter()
            .filter_map(|kind| self.kind(kind))
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        self.row_kinds.push(kinds.into());
        Kernel::Row(self.row_kinds.len() - 1, Box::new(self.binder.cond(cond)))
    }

    // ---- where the population has what a rule names ----

    fn attribute(&self, attribute: AttributeId) -> Option<usize> {
        let wanted = self.schema.attribute_of(attribute)?;
        self.columns.schema.attribute_index(&wanted.name)
    }

    fn kind(&self, kind: KindId) -> Option<usize> {
        let wanted = self.schema.kind_of(kind)?;
        self.columns.schema.kind_index(&wanted.name)
    }

    /// The position of a property in a kind of the population.
    fn property(&self, property: &PropertyRef, kind: KindId) -> Option<usize> {
        let (_, at) = property.at.iter().find(|(of, _)| *of == kind)?;
        let wanted = self.schema.kind_of(kind)?.property_of(*at)?;
        let declared = self.columns.schema.kinds().get(self.kind(kind)?)?;
        declared.property_index(&wanted.name)
    }

    // ---- attributes and tags ----

    /// A condition that reads one attribute and nothing else.
    fn attribute_test(&mut self, cond: &Cond) -> Option<Kernel> {
        let FieldRef::Attribute(attribute) = only_field(cond)? else {
            return None;
        };
        let position = self.attribute(*attribute)?;
        let column = self.columns.attributes.get(position)?;
        let test = direct_test(cond, column).or_else(|| {
            let (values, first) = values_of(column)?;
            let rows = values.len();
            let mut columns = Columns::new(&self.columns.schema, false);
            *columns.attributes.get_mut(position)? = values;
            let node = self.binder.cond(cond);
            let mut holder = ColumnProfile::new(&Arc::new(columns), Arc::from([]), 0);
            let answers = (0..rows).map(|row| {
                holder.move_to(row);
                node.holds(&Ctx::new(&holder, self.now))
            });
            Some(ColumnTest::of_values(column, first, answers.collect()))
        })?;
        Some(Kernel::Attribute(position, test))
    }

    fn tagged(&self, path: Option<&str>) -> Option<Kernel> {
        let Some(tags) = &self.columns.tags else {
            return Some(Kernel::Const(false));
        };
        let Values::List { items, .. } = &tags.values else {
            return None;
        };
        let is_meant = |tag: &str| path.is_none_or(|path| is_under(tag, path));
        Some(Kernel::Tagged(ColumnTest::of_texts(items, is_meant)?))
    }

    // ---- events ----

    /// The events that a condition is about; `None` where a test or a window reads anything else.
    fn selection(&mut self, select: &Select) -> Option<EventSelection> {
        let (low, high) = self.window(&select.windows)?;
        let columns = self.columns.clone();
        let kinds = select.kinds.iter().map(|kind| {
            let position = self.kind(*kind)?;
            let events = columns.kinds.get(position)?;
            let tests = select.filter.iter();
            let tests = tests.map(|test| self.event_test(test, *kind, position, events));
            let tests = tests.collect::<Option<Vec<_>>>()?;
            Some(KindSelection::new(events, position, low, high, tests))
        });
        let kinds = kinds.collect::<Option<Vec<_>>>()?;
        Some(EventSelection { kinds })
    }

    /// `low <= at < high`, where the windows are the same for everybody. What is later than now is not seen.
    fn window(&mut self, windows: &Windows) -> Option<(i64, i64)> {
        let mut bounds = windows.lower.iter().chain(&windows.upper);
        if bounds.any(|bound| bound.term().is_some()) {
            return None;
        }
        let node: WindowNode<ColumnProfile> = self.binder.windows(windows);
        let (low, high) = node.range(&Ctx::new(&self.blank, self.now))?;
        Some((low, high.min(self.now.saturating_add(1))))
    }

    /// A test of an event that reads one of its properties and nothing else, with the property's position.
    fn event_test(
        &mut self,
        cond: &Cond,
        kind: KindId,
        position: usize,
        events: &EventColumns,
    ) -> Option<(usize, ColumnTest)> {
        let FieldRef::Property(property) = only_field(cond)? else {
            return None;
        };
        let at = self.property(property, kind)?;
        let column = events.properties.get(at)?;
        let test = direct_test(cond, column).or_else(|| {
            let (values, first) = values_of(column)?;
            let rows = values.len();
            let mut columns = Columns::new(&self.columns.schema, false);
            *columns.kinds.get_mut(position)?.properties.get_mut(at)? = values;
            let columns = Arc::new(columns);
            let node = self.binder.cond(cond);
            let answers = (0..rows).map(|row| {
                let event = ColumnEvent::new(&columns, position, row);
                node.holds(&Ctx::new(&self.blank, self.now).with_event(&event))
            });
            Some(ColumnTest::of_values(column, first, answers.collect()))
        })?;
        Some((at, test))
    }

    fn sequence(&mut self, steps: &[crate::ir::Step]) -> Option<Kernel> {
        let steps = steps.iter().map(|step| {
            let exact = |span: Option<crate::ir::CalendarSpan>, without: i64| match span {
                None => Some(without),
                Some(span) => {
                    let (months, micros) = span.parts();
                    (months == 0).then_some(micros)
                }
            };
            let (least, most) = (exact(step.least, 1)?, exact(step.most, i64::MAX)?);
            if step.absent {
                return None;
            }
            Some(StepKernel {
                selection: self.selection(&step.select)?,
                least: least.max(1),
                most,
            })
        });
        let steps = steps.collect::<Option<Vec<_>>>()?;
        Some(Kernel::Sequence(SequenceKernel::new(steps, self.columns)))
    }

    // ---- values ----

    fn compared(
        &mut self,
        op: Order,
        left: &Term,
        right: &Term,
        ignoring_case: bool,
    ) -> Option<Kernel> {
        if matches!(left.kind, TermKind::Lit(_)) && !matches!(right.kind, TermKind::Lit(_)) {
            return self.compared(op.flipped(), right, left, ignoring_case);
        }
        let TermKind::Lit(constant) = &right.kind else {
            return None;
        };
        let comparer = Comparer::of(&left.ty, &right.ty, ignoring_case);
        match &left.kind {
            TermKind::Aggregate {
                function: Aggregate::Count,
                select,
                of: None,
            } => {
                let (op, n) = whole_count(op, constant, right)?;
                self.counted(op, n, select)
            }
            TermKind::Aggregate {
                function,
                select,
                of: Some(of),
            } => {
                let TermKind::Field(FieldRef::Property(property)) = &of.kind else {
                    return None;
                };
                let selection = self.selection(select)?;
                let kinds = select.kinds.iter();
                let of_kinds = kinds.map(|kind| self.property(property, *kind));
                let of_kinds = of_kinds.collect::<Option<Vec<_>>>()?;
                let fold = Fold {
                    function: *function,
                    shape: Shape::of(Some(of)),
                };
                let numbers = if fold.function == Aggregate::Distinct && fold.shape == Shape::Other
                {
                    self.numbers(&selection, &of_kinds)
                } else {
                    Vec::new()
                };
                Some(Kernel::Fold(Box::new(FoldTest {
                    selection,
                    of: of_kinds,
                    fold,
                    op,
                    constant: Literal::of(constant),
                    comparer,
                    numbers,
                })))
            }
            TermKind::Trait(named) => {
                let constant = Literal::of(constant);
                self.cases(&named.term, &|value| {
                    let order = comparer.compare(&Literal::of(value).val(), &constant.val());
                    order.is_some_and(|order| op.accepts(order))
                })
            }
            _ => None,
        }
    }

    /// What numbers the texts of several kinds have in common; empty where they are no texts.
    fn numbers(&self, selection: &EventSelection, of: &[usize]) -> Vec<Vec<u32>> {
        let kinds = selection.kinds.iter().zip(of);
        let columns =
            kinds.map(|(kind, property)| kind.columns(self.columns)?.properties.get(*property));
        fold::numbers(columns).unwrap_or_default()
    }

    /// Whether a trait has one of the values that are accepted.
    fn cases(&mut self, term: &Term, accepts: &dyn Fn(&Lit) -> bool) -> Option<Kernel> {
        let TermKind::Cases { cases, otherwise } = &term.kind else {
            return None;
        };
        let cases = cases.iter().map(|case| {
            let kernel = self.kernel(&case.cond);
            let kernel = kernel.unwrap_or_else(|| self.row(&case.cond));
            (kernel, accepts(&case.value))
        });
        Some(Kernel::Cases {
            cases: cases.collect(),
            otherwise: otherwise.as_ref().is_some_and(accepts),
        })
    }

    fn one_of(&mut self, value: &Term, set: &[Lit], ignoring_case: bool) -> Option<Kernel> {
        let TermKind::Trait(named) = &value.kind else {
            return None;
        };
        let comparer = Comparer::of(&value.ty, &value.ty, ignoring_case);
        self.cases(&named.term, &|of| {
            let of = Literal::of(of);
            set.iter()
                .any(|item| comparer.is_equal(&of.val(), &Literal::of(item).val()))
        })
    }

    fn counted(&mut self, op: Order, n: usize, select: &Select) -> Option<Kernel> {
        let selection = self.selection(select)?;
        let not = |kernel| Kernel::Not(Box::new(kernel));
        Some(match op {
            Order::Ge => Kernel::AtLeast(selection, n),
            Order::Gt => Kernel::AtLeast(selection, n.saturating_add(1)),
            Order::Lt => not(Kernel::AtLeast(selection, n)),
            Order::Le => not(Kernel::AtLeast(selection, n.saturating_add(1))),
            Order::Eq => Kernel::Exactly(selection, n),
        })
    }
}

/// A comparison of a count with a constant, where that is whole and not negative.
fn whole_count(op: Order, constant: &Lit, of: &Term) -> Option<(Order, usize)> {
    let (Lit::Whole(n), crate::ir::Ty::Exact(0)) = (constant, &of.ty) else {
        return None;
    };
    Some((op, usize::try_from(*n).ok()?))
}

/// A comparison of a field with constants, as a test of its column.
fn direct_test(cond: &Cond, column: &Column) -> Option<ColumnTest> {
    let (cond, negated) = match &cond.kind {
        CondKind::Not(of) => (&**of, true),
        _ => (cond, false),
    };
    leaf::tested_field(cond)?;
    match &column.values {
        Values::Whole(_) => match leaf::whole(cond)? {
            Whole::Range(low, high) => Some(ColumnTest::wholes(low, high, negated)),
            Whole::Set(_) | Whole::Never => None,
        },
        Values::Real(_) => {
            let (low, high) = leaf::real(cond)?;
            Some(ColumnTest::reals(low, high, negated))
        }
        Values::Bool(_)
        | Values::Text(_)
        | Values::Place(_)
        | Values::List { .. }
        | Values::History { .. } => None,
    }
}

/// The one field that a condition reads, where it reads nothing else but `now`: what it says of a value is the same whoever has it.
fn only_field(cond: &Cond) -> Option<&FieldRef> {
    let mut only = None;
    let mut reads_more = false;
    visit_cond(cond, &mut |seen| match seen {
        Seen::Field(field) => reads_more |= *only.get_or_insert(field) != field,
        Seen::Cond(cond) => reads_more |= !is_of_values(&cond.kind),
        Seen::Term(term) => reads_more |= !is_of_fields(&term.kind),
        Seen::Bound(_) => {}
        Seen::Select(_) | Seen::Rows(_) | Seen::Definition(_) => reads_more = true,
    });
    only.filter(|_| !reads_more)
}

/// Whether a condition asks about values alone.
fn is_of_values(kind: &CondKind) -> bool {
    match kind {
        CondKind::Const(_)
        | CondKind::All(_)
        | CondKind::Any(_)
        | CondKind::Not(_)
        | CondKind::Compare { .. }
        | CondKind::OneOf { .. }
        | CondKind::Text { .. }
        | CondKind::Contains { .. }
        | CondKind::Present(Operand::Term(_))
        | CondKind::Empty(Operand::Term(_))
        | CondKind::Inside { .. }
        | CondKind::Timed { .. }
        | CondKind::Upcoming { .. } => true,
        CondKind::Present(Operand::List(_))
        | CondKind::Empty(Operand::List(_))
        | CondKind::OfSubject(_)
        | CondKind::Happened(_)
        | CondKind::Rows { .. }
        | CondKind::Sequence(_)
        | CondKind::Regularly { .. }
        | CondKind::Tagged(_)
        | CondKind::Segment(_)
        | CondKind::Sample { .. }
        | CondKind::AsOf { .. }
        | CondKind::State { .. }
        | CondKind::Held { .. } => false,
    }
}

/// Whether a value is made of fields, constants and `now` alone.
fn is_of_fields(kind: &TermKind) -> bool {
    match kind {
        TermKind::Lit(_)
        | TermKind::Field(FieldRef::Attribute(_) | FieldRef::Property(_))
        | TermKind::Now
        | TermKind::Today(_)
        | TermKind::Part { .. }
        | TermKind::Arithmetic { .. }
        | TermKind::PlusMonths { .. }
        | TermKind::Negate(_)
        | TermKind::Call { .. } => true,
        TermKind::Field(
            FieldRef::NamedEventProperty(..) | FieldRef::EntryProperty(_) | FieldRef::Row(_),
        )
        | TermKind::Id
        | TermKind::At(_)
        | TermKind::Entry(_)
        | TermKind::Aggregate { .. }
        | TermKind::Total { .. }
        | TermKind::Cases { .. }
        | TermKind::OnlyIf { .. }
        | TermKind::AsOf { .. }
        | TermKind::Stage(_)
        | TermKind::Trait(_)
        | TermKind::Score(_)
        | TermKind::Ledger { .. } => false,
    }
}
