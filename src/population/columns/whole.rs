//! Whole numbers, in the narrowest type that holds all of them.

/// Whole numbers, in the narrowest type that holds all of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wholes {
    I8(Vec<i8>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    /// Where one is above `i64::MAX`.
    I128(Vec<i128>),
}

/// Does the same with the vector, whatever its type is.
macro_rules! each {
    ($of:expr, $v:ident => $does:expr) => {
        match $of {
            Wholes::I8($v) => $does,
            Wholes::I16($v) => $does,
            Wholes::I32($v) => $does,
            Wholes::I64($v) => $does,
            Wholes::I128($v) => $does,
        }
    };
}

impl Default for Wholes {
    fn default() -> Self {
        Wholes::I8(Vec::new())
    }
}

/// Adds a number where the type holds it.
#[inline]
fn push_narrow<T: TryFrom<i128>>(numbers: &mut Vec<T>, number: i128) -> bool {
    T::try_from(number).map(|n| numbers.push(n)).is_ok()
}

impl Wholes {
    #[inline]
    pub(crate) fn push(&mut self, number: i128) {
        while !each!(self, v => push_narrow(v, number)) {
            self.widen();
        }
    }

    /// Takes the next wider type. A column comes to be as wide as it has to be in at most four such steps.
    fn widen(&mut self) {
        *self = match std::mem::take(self) {
            Wholes::I8(v) => Wholes::I16(v.into_iter().map(i16::from).collect()),
            Wholes::I16(v) => Wholes::I32(v.into_iter().map(i32::from).collect()),
            Wholes::I32(v) => Wholes::I64(v.into_iter().map(i64::from).collect()),
            Wholes::I64(v) => Wholes::I128(v.into_iter().map(i128::from).collect()),
            Wholes::I128(v) => Wholes::I128(v),
        };
    }

    /// The number of a row; 0 beyond the end.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> i128 {
        each!(self, v => v.get(row).copied().map_or(0, i128::from))
    }

    pub(crate) fn len(&self) -> usize {
        each!(self, v => v.len())
    }

    /// Those of other rows, in their order.
    pub(crate) fn gather(&self, rows: &[u32]) -> Self {
        fn of<T: Copy + Default>(numbers: &[T], rows: &[u32]) -> Vec<T> {
            let number = |row: &u32| numbers.get(*row as usize).copied().unwrap_or_default();
            rows.iter().map(number).collect()
        }
        match self {
            Wholes::I8(v) => Wholes::I8(of(v, rows)),
            Wholes::I16(v) => Wholes::I16(of(v, rows)),
            Wholes::I32(v) => Wholes::I32(of(v, rows)),
            Wholes::I64(v) => Wholes::I64(of(v, rows)),
            Wholes::I128(v) => Wholes::I128(of(v, rows)),
        }
    }

    pub(crate) fn shrink(&mut self) {
        each!(self, v => v.shrink_to_fit());
    }

    pub(crate) fn bytes(&self) -> usize {
        each!(self, v => std::mem::size_of_val(v.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::Wholes;

    #[test]
    fn a_column_is_as_wide_as_its_widest_number() {
        let edges = [
            0,
            i128::from(i8::MIN),
            i128::from(i8::MAX) + 1,
            i128::from(i16::MIN) - 1,
            i128::from(i32::MAX) + 1,
            i128::from(i64::MIN),
            i128::from(u64::MAX),
        ];
        for n in 0..=edges.len() {
            let mut numbers = Wholes::default();
            edges
                .iter()
                .take(n)
                .for_each(|number| numbers.push(*number));
            let got: Vec<i128> = (0..numbers.len()).map(|i| numbers.get(i)).collect();
            assert_eq!(got, edges[..n]);
            let width = [1, 1, 1, 2, 4, 8, 8, 16][n];
            assert_eq!(numbers.bytes(), width * n);
        }
        let mut numbers = Wholes::default();
        [5, 700, -3].into_iter().for_each(|n| numbers.push(n));
        let gathered = numbers.gather(&[2, 2, 1]);
        assert_eq!([0, 1, 2].map(|i| gathered.get(i)), [-3, -3, 700]);
    }
}
