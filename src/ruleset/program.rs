//! The rules, laid out so that those that one test makes possible lie side by side.

use super::formula::{Formula, Literal, Step, emit, rank};
use super::truth_bits::Run;

/// What of a rule is left to ask once its access test came out true.
///
/// The words of a rule are its position, how many literals follow, and those: all of them must hold. A formula that is
/// more than that has [`Program::STEPS`] for a number, followed by its first step.
pub(super) struct Program {
    words: Box<[u32]>,
    /// Where the rules of each access test begin; after the last come those that are always asked.
    starts: Box<[usize]>,
    steps: Box<[Step]>,
}

impl Program {
    const STEPS: u32 = u32::MAX;

    /// Lays out formulas whose tests are numbered in place. `chances` are of those tests that search finds.
    pub(super) fn new(formulas: Vec<Formula>, chances: &[f32]) -> Self {
        let chance = |test: u32| chances.get(test as usize).copied();
        let searched = u32::try_from(chances.len()).unwrap_or(u32::MAX);
        let mut places: Vec<(u32, u32)> = Vec::with_capacity(formulas.len());
        for (rule, formula) in (0_u32..).zip(&formulas) {
            if formula.access(&chance).is_some() {
                formula.access_tests(&chance, &mut |test| places.push((test, rule)));
            } else {
                places.push((searched, rule));
            }
        }
        places.sort_unstable();
        places.dedup();
        let (mut words, mut steps) = (Vec::with_capacity(formulas.len() * 4), Vec::new());
        let mut starts = Vec::with_capacity(chances.len() + 1);
        // The first step of a formula that lies under several tests is written once.
        let mut written = vec![None; formulas.len()];
        for (access, rule) in places {
            while starts.len() <= access as usize {
                starts.push(words.len());
            }
            let Some((formula, written)) = formulas
                .get(rule as usize)
                .zip(written.get_mut(rule as usize))
            else {
                continue;
            };
            words.push(rule);
            match formula.conjunction() {
                Some(mut literals) => {
                    // What led here is known to hold.
                    literals.retain(|l| access == searched || *l != Literal::new(access, false));
                    literals.sort_by(|a, b| rank(*a, &chance).total_cmp(&rank(*b, &chance)));
                    words.push(u32::try_from(literals.len()).unwrap_or(0));
                    words.extend(literals.into_iter().map(Literal::word));
                }
                None => {
                    let first = written.get_or_insert_with(|| {
                        let mut formula = formula.clone();
                        formula.sort(&chance);
                        emit(&formula, Step::YES, Step::NO, &mut steps)
                    });
                    words.extend([Program::STEPS, *first]);
                }
            }
        }
        while starts.len() <= chances.len() {
            starts.push(words.len());
        }
        Program {
            words: words.into(),
            starts: starts.into(),
            steps: steps.into(),
        }
    }

    /// Calls `holds` with each rule that holds, of those that a run of tests makes possible.
    #[inline]
    pub(super) fn under(
        &self,
        run: Run,
        truth: &mut impl FnMut(Literal) -> bool,
        holds: &mut impl FnMut(u32),
    ) {
        if let (Some(start), Some(end)) = (
            self.starts.get(run.0 as usize),
            self.starts.get(run.1 as usize),
        ) {
            self.run(self.words.get(*start..*end).unwrap_or(&[]), truth, holds);
        }
    }

    /// The same with the rules that no test makes possible.
    pub(super) fn always(
        &self,
        truth: &mut impl FnMut(Literal) -> bool,
        holds: &mut impl FnMut(u32),
    ) {
        if let Some(start) = self.starts.last() {
            self.run(self.words.get(*start..).unwrap_or(&[]), truth, holds);
        }
    }

    #[inline]
    fn run(
        &self,
        mut words: &[u32],
        truth: &mut impl FnMut(Literal) -> bool,
        holds: &mut impl FnMut(u32),
    ) {
        while let [rule, n, rest @ ..] = words {
            let answer;
            if *n == Program::STEPS {
                let [first, next @ ..] = rest else { return };
                answer = self.decide(*first, truth);
                words = next;
            } else {
                let Some((literals, next)) = rest.split_at_checked(*n as usize) else {
                    return;
                };
                answer = literals.iter().all(|l| truth(Literal::from_word(*l)));
                words = next;
            }
            if answer {
                holds(*rule);
            }
        }
    }

    fn decide(&self, mut at: u32, truth: &mut impl FnMut(Literal) -> bool) -> bool {
        while let Some(step) = self.steps.get(at as usize) {
            at = if truth(step.literal) {
                step.yes
            } else {
                step.no
            };
        }
        at == Step::YES
    }
}
