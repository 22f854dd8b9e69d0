//! A rule as a formula over tests that rules share, each known by its number.

/// A test by its number, or its opposite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Literal(u32);

impl Literal {
    pub(super) fn new(test: u32, negated: bool) -> Self {
        Literal(test << 1 | u32::from(negated))
    }

    pub(super) fn from_word(word: u32) -> Self {
        Literal(word)
    }

    pub(super) fn word(self) -> u32 {
        self.0
    }

    #[inline]
    pub(super) fn test(self) -> u32 {
        self.0 >> 1
    }

    #[inline]
    pub(super) fn negated(self) -> bool {
        self.0 & 1 == 1
    }
}

/// A condition with every `not` pushed down to the tests.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Formula {
    Const(bool),
    Test(Literal),
    All(Vec<Formula>),
    Any(Vec<Formula>),
}

impl Formula {
    pub(super) fn test(test: u32) -> Self {
        Formula::Test(Literal::new(test, false))
    }

    /// All of the parts, or (not `all`) any: nested ones of the same kind are taken in, constants out.
    pub(super) fn join(parts: impl IntoIterator<Item = Formula>, all: bool) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Formula::Const(b) if b == all => {}
                Formula::Const(b) => return Formula::Const(b),
                Formula::All(inner) if all => kept.extend(inner),
                Formula::Any(inner) if !all => kept.extend(inner),
                other @ (Formula::Test(_) | Formula::All(_) | Formula::Any(_)) => kept.push(other),
            }
        }
        match kept.len() {
            0 => Formula::Const(all),
            1 => kept.pop().unwrap_or(Formula::Const(all)),
            _ if all => Formula::All(kept),
            _ => Formula::Any(kept),
        }
    }

    /// The formula, or (`negated`) its opposite.
    pub(super) fn negated_if(self, negated: bool) -> Self {
        if !negated {
            return self;
        }
        match self {
            Formula::Const(b) => Formula::Const(!b),
            Formula::Test(literal) => {
                Formula::Test(Literal::new(literal.test(), !literal.negated()))
            }
            Formula::All(parts) => {
                Formula::Any(parts.into_iter().map(|p| p.negated_if(true)).collect())
            }
            Formula::Any(parts) => {
                Formula::All(parts.into_iter().map(|p| p.negated_if(true)).collect())
            }
        }
    }

    /// Gives the tests other numbers.
    pub(super) fn renumber(&mut self, numbers: &[u32]) {
        match self {
            Formula::Const(_) => {}
            Formula::Test(literal) => {
                let number = numbers
                    .get(literal.test() as usize)
                    .copied()
                    .unwrap_or(u32::MAX >> 1);
                *literal = Literal::new(number, literal.negated());
            }
            Formula::All(parts) | Formula::Any(parts) => {
                parts.iter_mut().for_each(|p| p.renumber(numbers))
            }
        }
    }

    /// The literals, where it is nothing but literals that must all hold.
    pub(super) fn conjunction(&self) -> Option<Vec<Literal>> {
        let literal = |f: &Formula| {
            if let Formula::Test(literal) = f {
                Some(*literal)
            } else {
                None
            }
        };
        match self {
            Formula::Const(true) => Some(Vec::new()),
            Formula::All(parts) => parts.iter().map(literal).collect(),
            other @ (Formula::Const(_) | Formula::Test(_) | Formula::Any(_)) => {
                literal(other).map(|l| vec![l])
            }
        }
    }

    /// How often one of the tests comes out true of which one must have where the formula holds; `None` where there are
    /// no such tests. `chance` says how often a test comes out true, of those that can be found by search.
    pub(super) fn access(&self, chance: &dyn Fn(u32) -> Option<f32>) -> Option<f32> {
        match self {
            Formula::Const(true) => None,
            Formula::Const(false) => Some(0.0),
            Formula::Test(literal) if literal.negated() => None,
            Formula::Test(literal) => chance(literal.test()),
            Formula::All(parts) => parts
                .iter()
                .filter_map(|p| p.access(chance))
                .min_by(f32::total_cmp),
            Formula::Any(parts) => parts.iter().map(|p| p.access(chance)).sum(),
        }
    }

    /// Calls `visit` with each of those tests.
    pub(super) fn access_tests(
        &self,
        chance: &dyn Fn(u32) -> Option<f32>,
        visit: &mut dyn FnMut(u32),
    ) {
        match self {
            Formula::Const(_) => {}
            Formula::Test(literal) => visit(literal.test()),
            Formula::All(parts) => {
                let rated = parts.iter().filter_map(|p| Some((p, p.access(chance)?)));
                if let Some((best, _)) = rated.min_by(|(_, a), (_, b)| a.total_cmp(b)) {
                    best.access_tests(chance, visit);
                }
            }
            Formula::Any(parts) => parts.iter().for_each(|p| p.access_tests(chance, visit)),
        }
    }

    /// How often it holds, as far as can be told; what is dear to find out counts as often true, so that it comes late.
    fn rank(&self, chance: &dyn Fn(u32) -> Option<f32>) -> f32 {
        match self {
            Formula::Const(b) => f32::from(u8::from(*b)),
            Formula::Test(literal) => rank(*literal, chance),
            Formula::All(parts) => parts.iter().map(|p| p.rank(chance)).fold(1.0, f32::min),
            Formula::Any(parts) => parts.iter().map(|p| p.rank(chance)).sum(),
        }
    }

    /// Puts what decides soonest first.
    pub(super) fn sort(&mut self, chance: &dyn Fn(u32) -> Option<f32>) {
        let (Formula::All(parts) | Formula::Any(parts)) = self else {
            return;
        };
        parts.iter_mut().for_each(|p| p.sort(chance));
        // Of numbers that are not negative, the bits are in their order.
        parts.sort_by_cached_key(|p| p.rank(chance).to_bits());
    }
}

/// How often a literal holds; tests that cannot be found by search come last.
pub(super) fn rank(literal: Literal, chance: &dyn Fn(u32) -> Option<f32>) -> f32 {
    match chance(literal.test()) {
        Some(c) if literal.negated() => 1.0 - c,
        Some(c) => c,
        None => 2.0,
    }
}

/// One look at a test, and where to go from there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) literal: Literal,
    pub(super) yes: u32,
    pub(super) no: u32,
}

impl Step {
    /// Where the answer is known.
    pub(super) const YES: u32 = u32::MAX;
    pub(super) const NO: u32 = u32::MAX - 1;
}

/// Appends the steps that decide a formula and gives the first of them, so that evaluation neither recurses nor looks at
/// more than it takes. Steps go to steps before them: the last part is written first.
pub(super) fn emit(formula: &Formula, yes: u32, no: u32, steps: &mut Vec<Step>) -> u32 {
    match formula {
        Formula::Const(true) => yes,
        Formula::Const(false) => no,
        Formula::Test(literal) => {
            steps.push(Step {
                literal: *literal,
                yes,
                no,
            });
            u32::try_from(steps.len() - 1).unwrap_or(Step::NO)
        }
        Formula::All(parts) => parts
            .iter()
            .rev()
            .fold(yes, |next, part| emit(part, next, no, steps)),
        Formula::Any(parts) => parts
            .iter()
            .rev()
            .fold(no, |next, part| emit(part, yes, next, steps)),
    }
}
