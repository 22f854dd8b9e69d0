//! One run, one table: contenders timed in turns, so that a ratio means something on a machine that is shared.
//!
//! Criterion times one contender after the other, prints each with its interval and can compare a run with an earlier
//! one. But two medians taken a minute apart differ by what the machine's other tenants did meanwhile: hand-written code
//! has been seen to take 2.7 and 4.3 ns within one run. So, after criterion, all contenders of a comparison take turns: in
//! each of [`ROUNDS`] rounds every one gets a slice of about a millisecond. The table shows the median over the rounds,
//! and the median of the ratios *within* a round: to the row [`BY_HAND`] and to the row [`SEGUE`].

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;

/// The row that the first column of ratios divides by.
pub const BY_HAND: &str = "hand-written";

/// The row that the second column of ratios divides by.
pub const SEGUE: &str = "segue";

/// How many turns each contender of a comparison gets.
pub const ROUNDS: usize = 151;

/// How long a turn should be.
const SLICE: Duration = Duration::from_millis(1);

/// How many inputs are prepared at a time when each call uses one up.
const INPUTS: u64 = 64;

/// Keeps a value to the end of the process: what a contender borrows from has to outlive the comparison.
pub fn keep<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// All comparisons of one run.
pub struct Board {
    criterion: Criterion,
    tables: Vec<Table>,
}

impl Board {
    /// A board that obeys the command line, as `cargo bench` passes it on: a filter, `--test`, `--baseline` …
    #[must_use]
    pub fn from_args() -> Self {
        let criterion = Criterion::default()
            .without_plots()
            .warm_up_time(Duration::from_millis(200))
            .measurement_time(Duration::from_millis(600))
            .sample_size(30)
            .configure_from_args();
        Self {
            criterion,
            tables: Vec::new(),
        }
    }

    /// Starts a comparison. If it is never run, its contenders have only been asked.
    pub fn compare(&mut self, title: &str) -> Comparison<'_> {
        Comparison {
            title: title.to_owned(),
            contenders: Vec::new(),
            board: self,
        }
    }

    /// Ends the run and prints what was measured: nothing when it was only a test.
    pub fn finish(self) {
        self.criterion.final_summary();
        for table in &self.tables {
            println!("{table}");
        }
    }
}

/// One comparison: contenders that do the same thing.
pub struct Comparison<'a> {
    title: String,
    contenders: Vec<Contender>,
    board: &'a mut Board,
}

impl Comparison<'_> {
    /// Adds a contender that has to give the expected answer.
    ///
    /// # Panics
    ///
    /// When it gives another one.
    pub fn row<T: PartialEq + fmt::Debug>(
        &mut self,
        name: &str,
        expected: &T,
        mut answer: impl FnMut() -> T + 'static,
    ) {
        assert_eq!(&answer(), expected, "`{name}` in `{}`", self.title);
        self.add(name, move |calls| {
            let start = now();
            for _ in 0..calls {
                black_box(answer());
            }
            start.elapsed()
        });
    }

    /// Adds a contender whose work has no answer to be compared. To drop what it makes is not timed.
    pub fn row_of_work<T>(&mut self, name: &str, mut work: impl FnMut() -> T + 'static) {
        self.row_of_consuming_work(name, || (), move |()| work());
    }

    /// Adds a contender whose every call uses up an input. To prepare the inputs, and to drop what it makes of them, is
    /// not timed.
    pub fn row_of_consuming_work<I, T>(
        &mut self,
        name: &str,
        mut prepare: impl FnMut() -> I + 'static,
        mut work: impl FnMut(I) -> T + 'static,
    ) {
        self.add(name, move |calls| {
            let mut elapsed = Duration::ZERO;
            let mut left = calls;
            while left > 0 {
                let batch = left.min(INPUTS);
                let inputs: Vec<I> = (0..batch).map(|_| prepare()).collect();
                let mut outputs = Vec::with_capacity(inputs.len());
                let start = now();
                outputs.extend(inputs.into_iter().map(&mut work));
                elapsed += start.elapsed();
                drop(black_box(outputs));
                left -= batch;
            }
            elapsed
        });
    }

    fn add(&mut self, name: &str, run: impl FnMut(u64) -> Duration + 'static) {
        self.contenders.push(Contender {
            name: name.to_owned(),
            run: Box::new(run),
            per_call: None,
        });
    }

    /// Times all contenders: with criterion, then in turns.
    pub fn run(mut self) {
        let mut group = self.board.criterion.benchmark_group(&self.title);
        for contender in &mut self.contenders {
            let name = contender.name.clone();
            group.bench_function(name, |bencher| {
                bencher.iter_custom(|calls| contender.criterion_asks(calls));
            });
        }
        group.finish();

        // A filter leaves contenders out, a test all.
        self.contenders
            .retain(|contender| contender.per_call.is_some());
        if !self.contenders.is_empty() {
            let table = Table::of_turns(self.title, &mut self.contenders);
            self.board.tables.push(table);
        }
    }
}

/// Someone to be timed.
struct Contender {
    name: String,
    /// Makes that many calls and says how long they took.
    run: Box<dyn FnMut(u64) -> Duration>,
    /// How long a call took when criterion made many.
    per_call: Option<Duration>,
}

impl Contender {
    /// Makes the calls that criterion asks for. A test asks for one, which says nothing about time.
    fn criterion_asks(&mut self, calls: u64) -> Duration {
        let elapsed = (self.run)(calls);
        if let Ok(calls) = u32::try_from(calls)
            && calls > 1
        {
            self.per_call = Some(elapsed / calls);
        }
        elapsed
    }

    /// How many calls make a slice.
    fn slice(&self) -> u64 {
        let per_call = self.per_call.unwrap_or(SLICE).as_nanos().max(1);
        u64::try_from(SLICE.as_nanos() / per_call)
            .unwrap_or(1)
            .max(1)
    }
}

/// A comparison's result.
struct Table {
    title: String,
    rows: Vec<Row>,
}

/// A contender's line.
struct Row {
    name: String,
    /// What a call took in each round, in nanoseconds.
    rounds: Vec<f64>,
}

impl Table {
    fn of_turns(title: String, contenders: &mut [Contender]) -> Self {
        let mut rows: Vec<Row> = contenders
            .iter()
            .map(|contender| Row {
                name: contender.name.clone(),
                rounds: Vec::with_capacity(ROUNDS),
            })
            .collect();
        for _ in 0..ROUNDS {
            for (contender, row) in contenders.iter_mut().zip(&mut rows) {
                let calls = contender.slice();
                // The others have been at the caches and the branch predictor meanwhile.
                (contender.run)(calls / 8);
                let elapsed = (contender.run)(calls);
                row.rounds.push(elapsed.as_secs_f64() * 1e9 / calls as f64);
            }
        }
        Self { title, rows }
    }

    /// How many times what the row named `of` took in the same round, if there is one.
    fn ratio(&self, row: &Row, of: &str) -> String {
        let Some(base) = self.rows.iter().find(|row| row.name == of) else {
            return "-".to_owned();
        };
        let ratios = row
            .rounds
            .iter()
            .zip(&base.rounds)
            .map(|(row, base)| row / base);
        three_digits(quantile(ratios, 0.5))
    }
}

/// The value that this share of the values do not exceed.
fn quantile(values: impl Iterator<Item = f64>, share: f64) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let rank = (values.len().saturating_sub(1) as f64 * share).round();
    values.get(rank as usize).copied().unwrap_or(f64::NAN)
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}", self.title)?;
        writeln!(
            f,
            "  {:<32} {:>11}  {:>22} {:>15} {:>9}",
            "", "median", "quartiles", "/ hand-written", "/ segue",
        )?;
        for row in &self.rows {
            let time = |share| Time(quantile(row.rounds.iter().copied(), share));
            writeln!(
                f,
                "  {:<32} {:>11}  {:>22} {:>15} {:>9}",
                row.name,
                time(0.5).to_string(),
                format!("{} .. {}", time(0.25), time(0.75)),
                self.ratio(row, BY_HAND),
                self.ratio(row, SEGUE),
            )?;
        }
        Ok(())
    }
}

/// Nanoseconds, in the unit that reads best.
struct Time(f64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, unit) = match self.0 {
            ..999.5 => (self.0, "ns"),
            999.5..999_500.0 => (self.0 / 1e3, "µs"),
            _ => (self.0 / 1e6, "ms"),
        };
        write!(f, "{} {unit}", three_digits(value))
    }
}

/// A number with three digits, or more before the point.
fn three_digits(value: f64) -> String {
    let places = match value {
        ..9.995 => 2,
        9.995..99.95 => 1,
        _ => 0,
    };
    format!("{value:.places$}")
}

/// How long something takes, once.
pub fn timed(work: impl FnOnce()) -> Duration {
    let start = now();
    work();
    start.elapsed()
}

/// The one place that reads a clock.
#[expect(
    clippy::disallowed_methods,
    reason = "to time something is to read a clock"
)]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::{Time, quantile, three_digits};

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let values = || [5.0, 1.0, 4.0, 2.0, 3.0].into_iter();
        assert_eq!(quantile(values(), 0.0), 1.0);
        assert_eq!(quantile(values(), 0.5), 3.0);
        assert_eq!(quantile(values(), 0.75), 4.0);
    }

    #[test]
    fn times_have_three_digits() {
        assert_eq!(Time(4.321).to_string(), "4.32 ns");
        assert_eq!(Time(999.9).to_string(), "1.00 µs");
        assert_eq!(Time(9_996.0).to_string(), "10.0 µs");
        assert_eq!(Time(1_234_567.0).to_string(), "1.23 ms");
        assert_eq!(three_digits(1_234.5), "1234");
    }
}
