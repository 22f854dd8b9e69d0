//! Instants: 4 bytes each where they are seconds, and 8 where not.

use crate::time::SECOND;

/// Instants in microseconds since 1970.
#[derive(Clone, Debug)]
pub(crate) enum Instants {
    /// `base + 1,000,000 × seconds`: as long as all are whole seconds from each other, and at most 68 years from the first.
    Seconds {
        base: i64,
        seconds: Vec<u32>,
    },
    Micros(Vec<i64>),
}

impl Default for Instants {
    fn default() -> Self {
        Instants::Seconds {
            base: 0,
            seconds: Vec::new(),
        }
    }
}

/// Columns are equal if their instants are, however they are kept.
impl PartialEq for Instants {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && (0..self.len()).all(|row| self.get(row) == other.get(row))
    }
}

/// Half of what 32 bits hold: the first instant stands in the middle.
const MIDDLE: i64 = 1 << 31;

impl Instants {
    #[inline]
    pub(crate) fn push(&mut self, at: i64) {
        if let Instants::Seconds { base, seconds } = self {
            if seconds.is_empty() {
                *base = at.saturating_sub(MIDDLE * SECOND);
            }
            let since = at.saturating_sub(*base);
            match u32::try_from(since.div_euclid(SECOND)) {
                Ok(second) if since.rem_euclid(SECOND) == 0 => return seconds.push(second),
                _ => *self = Instants::Micros((0..self.len()).map(|i| self.get(i)).collect()),
            }
        }
        if let Instants::Micros(micros) = self {
            micros.push(at);
        }
    }

    /// The instant of a row in the unit of the column: seconds from its base on, or microseconds since 1970; 0 beyond the end.
    #[inline]
    pub(crate) fn in_unit(&self, row: usize) -> i64 {
        match self {
            Instants::Seconds { seconds, .. } => seconds.get(row).copied().unwrap_or(0).into(),
            Instants::Micros(micros) => micros.get(row).copied().unwrap_or(0),
        }
    }

    /// The instant of a row; 0 beyond the end.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> i64 {
        match self {
            Instants::Seconds { base, seconds } => seconds.get(row).map_or(0, |seconds| {
                base.saturating_add(i64::from(*seconds) * SECOND)
            }),
            Instants::Micros(micros) => micros.get(row).copied().unwrap_or(0),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Instants::Seconds { seconds, .. } => seconds.len(),
            Instants::Micros(micros) => micros.len(),
        }
    }

    /// Those of other rows, in their order.
    pub(crate) fn gather(&self, rows: &[u32]) -> Self {
        let mut instants = Instants::default();
        rows.iter()
            .for_each(|row| instants.push(self.get(*row as usize)));
        instants
    }

    pub(crate) fn shrink(&mut self) {
        match self {
            Instants::Seconds { seconds, .. } => seconds.shrink_to_fit(),
            Instants::Micros(micros) => micros.shrink_to_fit(),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        match self {
            Instants::Seconds { seconds, .. } => size_of_val(seconds.as_slice()),
            Instants::Micros(micros) => size_of_val(micros.as_slice()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Instants, MIDDLE};
    use crate::time::SECOND;

    fn of(instants: &[i64]) -> Instants {
        let mut of = Instants::default();
        instants.iter().for_each(|at| of.push(*at));
        of
    }

    #[test]
    fn instants_come_back_and_are_narrow_where_they_can_be() {
        let narrow: &[&[i64]] = &[
            &[],
            &[17],
            &[17, 17 + SECOND, 17 - 5 * SECOND],
            &[0, -MIDDLE * SECOND, (MIDDLE - 1) * SECOND],
            &[1_750_000_000 * SECOND, 0],
        ];
        let wide: &[&[i64]] = &[
            &[0, 1],
            &[0, -1],
            &[0, -MIDDLE * SECOND - SECOND],
            &[0, MIDDLE * SECOND],
            &[i64::MAX, i64::MIN, 3],
            &[i64::MIN, i64::MAX],
        ];
        for (instants, is_narrow) in narrow
            .iter()
            .map(|i| (i, true))
            .chain(wide.iter().map(|i| (i, false)))
        {
            let column = of(instants);
            let got: Vec<i64> = (0..column.len()).map(|i| column.get(i)).collect();
            assert_eq!(got, *instants);
            assert_eq!(
                matches!(column, Instants::Seconds { .. }),
                is_narrow,
                "{instants:?}"
            );
            let rows: Vec<u32> = (0..instants.len() as u32).rev().collect();
            let reversed: Vec<i64> = instants.iter().rev().copied().collect();
            let gathered = column.gather(&rows);
            let got: Vec<i64> = (0..column.len()).map(|i| gathered.get(i)).collect();
            assert_eq!(got, reversed);
        }
    }
}
