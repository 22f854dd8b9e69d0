//! What many conditions count or add up of the same events, found in one pass.

use super::column_test::ColumnTest;
use super::events::{ColumnWindow, EventSelection, KindSelection};
use super::mask::Mask;
use crate::population::columns::{Codes, Column, Columns, EventColumns, Values, Wholes};
use std::ops::Range;

/// Totals of events of the same kinds, each of its own selection: how many there are, or the sum of a property. `purchased("tv") within
/// 30 days` and `count(purchased("tea")) < 3` are two totals of one tally.
///
/// A profile's events are walked through once for all of them. An event leads by the code of one text to the totals that it belongs to,
/// so that one which belongs to none costs one look into a table, however many totals there are.
#[derive(Debug)]
pub(crate) struct Tally {
    kinds: Vec<KindTally>,
    /// By total: the outcomes that it decides, by their number, and what each accepts.
    outcomes: Vec<Vec<(usize, Accepted)>>,
    /// By outcome, whether it accepts a total of nothing.
    of_nothing: Vec<bool>,
}

/// The totals for which a condition holds, both ends included; none where the first is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Accepted {
    pub(crate) low: i128,
    pub(crate) high: i128,
}

impl Accepted {
    fn has(self, total: i128) -> bool {
        self.low <= total && total <= self.high
    }
}

/// A total that is asked for, and what of it.
#[derive(Debug)]
pub(crate) struct Total {
    pub(crate) selection: EventSelection,
    /// By outcome, its number and what it accepts.
    pub(crate) outcomes: Vec<(usize, Accepted)>,
}

/// The events of one kind.
#[derive(Debug)]
struct KindTally {
    kind: usize,
    /// Around the windows of all totals.
    window: ColumnWindow,
    /// The property that is added up; `None` where events are counted.
    of: Option<usize>,
    by_text: Option<TextTable>,
    /// The totals that a text does not lead to.
    of_any: Vec<Entry>,
    /// By total, what else an event has to pass.
    tests: Vec<Vec<(usize, ColumnTest)>>,
}

/// The totals that an event belongs to, by the code of a text.
#[derive(Debug)]
struct TextTable {
    property: usize,
    /// By code, and at last for events without a text: where its entries are.
    places: Vec<Range<u32>>,
    entries: Vec<Entry>,
}

/// A total that an event with `low <= at < high` belongs to, in the unit of the column.
#[derive(Clone, Copy, Debug)]
struct Entry {
    low: i64,
    high: i64,
    total: u32,
    /// Whether there is more to test.
    is_tested: bool,
}

/// What is known of a tally in a block.
#[derive(Debug)]
pub(crate) struct TallyRun {
    asked: Mask,
    /// By outcome.
    holds: Vec<Mask>,
    /// Of the profile that is being looked at, by total.
    totals: Vec<i128>,
    is_changed: Vec<bool>,
    changed: Vec<u32>,
    /// How many events were looked at, and how often one was added to a total.
    pub(crate) work: usize,
}

impl TallyRun {
    #[inline]
    fn add(&mut self, total: u32, amount: i128) {
        let nth = total as usize;
        let (Some(known), Some(is_changed)) =
            (self.totals.get_mut(nth), self.is_changed.get_mut(nth))
        else {
            return;
        };
        // A profile has less than 2^32 events of a kind, of less than 2^64 each.
        *known += amount;
        if !*is_changed {
            *is_changed = true;
            self.changed.push(total);
        }
        self.work += 1;
    }
}

impl Tally {
    /// `of` are the properties that are added up, by kind, or `None` where events are counted.
    pub(crate) fn new(columns: &Columns, of: &[Option<usize>], totals: Vec<Total>) -> Self {
        let (selections, outcomes): (Vec<_>, Vec<_>) = totals
            .into_iter()
            .map(|total| (total.selection, total.outcomes))
            .unzip();
        let mut of_nothing = vec![false; outcomes.iter().map(Vec::len).sum()];
        for (number, accepted) in outcomes.iter().flatten() {
            if let Some(of_nothing) = of_nothing.get_mut(*number) {
                *of_nothing = accepted.has(0);
            }
        }
        let kinds = of.iter().enumerate().filter_map(|(nth, of)| {
            let of_kind = selections.iter().map(|selection| selection.kinds.get(nth));
            KindTally::new(columns, *of, &of_kind.collect::<Option<Vec<_>>>()?)
        });
        Tally {
            kinds: kinds.collect(),
            outcomes,
            of_nothing,
        }
    }

    pub(crate) fn run(&self) -> TallyRun {
        TallyRun {
            asked: Mask::NONE,
            holds: vec![Mask::NONE; self.of_nothing.len()],
            totals: vec![0; self.outcomes.len()],
            is_changed: vec![false; self.outcomes.len()],
            changed: Vec::new(),
            work: 0,
        }
    }

    /// Keeps those for whom an outcome holds. Whoever is asked for the first time is looked at for all outcomes.
    pub(crate) fn narrow(
        &self,
        columns: &Columns,
        start: usize,
        run: &mut TallyRun,
        outcome: usize,
        mask: &mut Mask,
    ) {
        let mut new = *mask;
        new.drop(&run.asked);
        if !new.is_empty() {
            run.asked.add(&new);
            let of_nothing = run.holds.iter_mut().zip(&self.of_nothing);
            for (holds, _) in of_nothing.filter(|(_, of_nothing)| **of_nothing) {
                holds.add(&new);
            }
            new.each(|place| {
                for kind in &self.kinds {
                    kind.look(columns, start + place, run);
                }
                self.decide(place, run);
            });
        }
        mask.keep(run.holds.get(outcome).unwrap_or(&Mask::NONE));
    }

    /// Says of a profile what its totals say, and forgets these.
    fn decide(&self, place: usize, run: &mut TallyRun) {
        for total in run.changed.drain(..) {
            let nth = total as usize;
            let value = run.totals.get_mut(nth).map_or(0, std::mem::take);
            if let Some(is_changed) = run.is_changed.get_mut(nth) {
                *is_changed = false;
            }
            for (number, accepted) in self.outcomes.get(nth).into_iter().flatten() {
                if let Some(holds) = run.holds.get_mut(*number)
                    && accepted.has(value) != accepted.has(0)
                {
                    holds.flip(place);
                }
            }
        }
    }
}

impl KindTally {
    /// `selections` are by total, all of one kind.
    fn new(columns: &Columns, of: Option<usize>, selections: &[&KindSelection]) -> Option<Self> {
        let kind = selections.first()?.kind;
        let events = columns.kinds.get(kind)?;
        let windows = selections.iter().map(|selection| selection.window);
        let mut tally = KindTally {
            kind,
            window: windows.reduce(ColumnWindow::around)?,
            of,
            by_text: None,
            of_any: Vec::new(),
            tests: Vec::with_capacity(selections.len()),
        };
        let table = leading_text(events, selections);
        let mut of_codes = vec![Vec::new(); table.map_or(0, |(_, codes)| codes + 1)];
        for (total, selection) in (0_u32..).zip(selections) {
            let mut tests = selection.tests.clone();
            let codes = table.and_then(|(property, codes)| {
                let leads = |(of, test): &(usize, ColumnTest)| {
                    *of == property && test.codes(codes).is_some()
                };
                let nth = tests.iter().position(leads)?;
                tests.remove(nth).1.codes(codes)
            });
            let (low, high) = selection.window.ends();
            let entry = Entry {
                low,
                high,
                total,
                is_tested: !tests.is_empty(),
            };
            match codes {
                None => tally.of_any.push(entry),
                Some(codes) => codes.into_iter().for_each(|code| {
                    of_codes
                        .get_mut(code)
                        .into_iter()
                        .for_each(|of| of.push(entry));
                }),
            }
            tally.tests.push(tests);
        }
        tally.of_any.sort_by_key(|entry| entry.low);
        tally.by_text = table.map(|(property, _)| TextTable::new(property, of_codes));
        Some(tally)
    }

    /// Adds what a profile has.
    #[inline]
    fn look(&self, columns: &Columns, position: usize, run: &mut TallyRun) {
        let Some(events) = columns.kinds.get(self.kind) else {
            return;
        };
        let rows = events.offsets.range(position);
        let rows = self.window.within(&events.instants, rows);
        if rows.is_empty() {
            return;
        }
        run.work += rows.len();
        if !self.of_any.is_empty() {
            let all = rows.clone();
            all.for_each(|row| self.add(&self.of_any, events, row, run));
        }
        if let Some(table) = &self.by_text
            && let Some(column) = events.properties.get(table.property)
        {
            table.look(column, rows, |entries, row| {
                self.add(entries, events, row, run)
            });
        }
    }

    /// Adds an event to those of some totals, the earliest windows first, that it belongs to.
    #[inline]
    fn add(&self, entries: &[Entry], events: &EventColumns, row: usize, run: &mut TallyRun) {
        let at = events.instants.in_unit(row);
        let mut amount = None;
        for entry in entries.iter().take_while(|entry| entry.low <= at) {
            if at >= entry.high {
                continue;
            }
            if entry.is_tested {
                let tests = self.tests.get(entry.total as usize);
                if !tests.is_some_and(|tests| KindSelection::passes(tests, events, row)) {
                    continue;
                }
            }
            let amount = *amount.get_or_insert_with(|| self.amount(events, row));
            let Some(amount) = amount else {
                return;
            };
            run.add(entry.total, amount);
        }
    }

    /// What an event adds to a total; `None` where it has no value.
    #[inline]
    fn amount(&self, events: &EventColumns, row: usize) -> Option<i128> {
        let Some(of) = self.of else {
            return Some(1);
        };
        let column = events.properties.get(of)?;
        match &column.values {
            Values::Whole(numbers) if column.is_present(row) => Some(numbers.get(row)),
            _ => None,
        }
    }
}

/// The text that most selections test, by its property, and how many codes it has.
fn leading_text(events: &EventColumns, selections: &[&KindSelection]) -> Option<(usize, usize)> {
    let mut best: Option<(usize, usize, usize)> = None;
    for (property, column) in events.properties.iter().enumerate() {
        let Values::Text(texts) = &column.values else {
            continue;
        };
        let codes = texts.dictionary.len();
        let leads = |selection: &&&KindSelection| {
            let mut tests = selection.tests.iter();
            tests.any(|(of, test)| *of == property && test.codes(codes).is_some())
        };
        let n = selections.iter().filter(leads).count();
        if n > best.map_or(0, |(most, ..)| most) {
            best = Some((n, property, codes));
        }
    }
    best.map(|(_, property, codes)| (property, codes))
}

impl TextTable {
    fn new(property: usize, of_codes: Vec<Vec<Entry>>) -> Self {
        let mut entries = Vec::new();
        let mut places = Vec::with_capacity(of_codes.len());
        let mut begin = 0;
        for mut of_code in of_codes {
            of_code.sort_by_key(|entry| entry.low);
            entries.extend(of_code);
            let end = u32::try_from(entries.len()).unwrap_or(u32::MAX);
            places.push(begin..end);
            begin = end;
        }
        TextTable {
            property,
            places,
            entries,
        }
    }

    /// Hands over the rows that belong to some total, with the entries of these.
    #[inline]
    fn look(&self, column: &Column, rows: Range<usize>, mut see: impl FnMut(&[Entry], usize)) {
        let Values::Text(texts) = &column.values else {
            return;
        };
        if column.present.is_some() {
            let missing = self.places.len().saturating_sub(1);
            for row in rows {
                let is_present = column.is_present(row);
                let code = if is_present {
                    texts.codes.get(row) as usize
                } else {
                    missing
                };
                self.look_at(code, row, &mut see);
            }
            return;
        }
        match &texts.codes {
            Codes::U8(codes) => self.look_through(codes, rows, see),
            Codes::U16(codes) => self.look_through(codes, rows, see),
            Codes::U32(codes) => self.look_through(codes, rows, see),
        }
    }

    #[inline]
    fn look_through<C: Copy + Into<u32>>(
        &self,
        codes: &[C],
        rows: Range<usize>,
        mut see: impl FnMut(&[Entry], usize),
    ) {
        let start = rows.start;
        for (nth, code) in codes.get(rows).unwrap_or(&[]).iter().enumerate() {
            let code: u32 = (*code).into();
            self.look_at(code as usize, start + nth, &mut see);
        }
    }

    #[inline]
    fn look_at(&self, code: usize, row: usize, see: &mut impl FnMut(&[Entry], usize)) {
        let Some(place) = self.places.get(code) else {
            return;
        };
        if place.start < place.end {
            let place = place.start as usize..place.end as usize;
            see(self.entries.get(place).unwrap_or(&[]), row);
        }
    }
}

/// Whether the sums of a column's values fit 128 bits, however many there are, and need no more than the values that are there.
pub(crate) fn is_summed(column: &Column) -> bool {
    match &column.values {
        Values::Whole(numbers) => !matches!(numbers, Wholes::I128(_)),
        _ => false,
    }
}
