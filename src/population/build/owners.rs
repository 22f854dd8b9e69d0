//! Whose each row is, where rows come in batches.

use crate::population::columns::Offsets;

/// Whose each row is. Rows mostly come profile by profile; then nothing is kept of each, and nothing has to be sorted.
#[derive(Debug)]
pub(super) enum Owners {
    /// Where the rows of each profile begin and end, but those of the last one, which has as many as came.
    InOrder(Offsets),
    Any(Vec<u32>),
}

impl Default for Owners {
    fn default() -> Self {
        Owners::InOrder(Offsets::default())
    }
}

impl Owners {
    /// Says whose the next row is, of which there are so many so far.
    #[inline]
    pub(super) fn push(&mut self, profile: u32, rows: usize) {
        if let Owners::InOrder(offsets) = self {
            while offsets.len() < profile as usize {
                offsets.push(rows);
            }
            if offsets.len() == profile as usize {
                return;
            }
            *self = Owners::Any(written_out(offsets, rows));
        }
        if let Owners::Any(owners) = self {
            owners.push(profile);
        }
    }

    /// Where the rows of each of so many profiles are, and in which order the rows have to be put for that, unless they are in it.
    pub(super) fn finish(self, profiles: usize, rows: usize) -> (Offsets, Option<Vec<u32>>) {
        match self {
            Owners::InOrder(mut offsets) => {
                while offsets.len() < profiles {
                    offsets.push(rows);
                }
                (offsets, None)
            }
            Owners::Any(owners) => sorted(&owners, profiles),
        }
    }
}

fn written_out(offsets: &Offsets, rows: usize) -> Vec<u32> {
    let mut owners = Vec::with_capacity(rows);
    for profile in 0..offsets.len() {
        owners.resize(offsets.range(profile).end, narrow(profile));
    }
    owners.resize(rows, narrow(offsets.len()));
    owners
}

/// The rows by their owners, those of one in the order in which they came: a counting sort.
fn sorted(owners: &[u32], profiles: usize) -> (Offsets, Option<Vec<u32>>) {
    let mut next = vec![0_usize; profiles];
    for owner in owners {
        if let Some(count) = next.get_mut(*owner as usize) {
            *count += 1;
        }
    }
    let (mut offsets, mut start) = (Offsets::default(), 0);
    for count in &mut next {
        let end = start + *count;
        *count = start;
        offsets.push(end);
        start = end;
    }
    let mut order = vec![0; owners.len()];
    for (row, owner) in owners.iter().enumerate() {
        let place = next.get_mut(*owner as usize);
        let slot = place.and_then(|place| {
            *place += 1;
            order.get_mut(*place - 1)
        });
        if let Some(slot) = slot {
            *slot = narrow(row);
        }
    }
    (offsets, Some(order))
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::Owners;

    fn of(owners: &[u32], profiles: usize) -> (Vec<u32>, Option<Vec<u32>>) {
        let mut of = Owners::default();
        for (row, owner) in owners.iter().enumerate() {
            of.push(*owner, row);
        }
        let (offsets, order) = of.finish(profiles, owners.len());
        (offsets.starts().to_vec(), order)
    }

    #[test]
    fn rows_in_order_stay_where_they_are() {
        assert_eq!(of(&[], 2), (vec![0, 0, 0], None));
        assert_eq!(of(&[0, 0, 2, 2, 4], 6), (vec![0, 2, 2, 4, 4, 5, 5], None));
        assert_eq!(of(&[1, 1], 2), (vec![0, 0, 2], None));
    }

    #[test]
    fn rows_in_no_order_are_put_in_order() {
        for owners in [
            &[2, 0][..],
            &[0, 0, 3, 3, 1, 3, 0, 4, 4, 2],
            &[4, 3, 2, 1, 0, 4, 3],
        ] {
            let (starts, order) = of(owners, 5);
            let mut expected: Vec<u32> = (0..owners.len() as u32).collect();
            expected.sort_by_key(|row| owners[*row as usize]);
            assert_eq!(order, Some(expected));
            for (profile, bounds) in starts.windows(2).enumerate() {
                let n = owners
                    .iter()
                    .filter(|owner| **owner as usize == profile)
                    .count();
                assert_eq!((bounds[1] - bounds[0]) as usize, n);
            }
        }
    }
}
