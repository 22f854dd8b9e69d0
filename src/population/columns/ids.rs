//! Ids of profiles and of events.

use super::bits::Bits;
use super::text::Texts;
use super::whole::Wholes;
use crate::profile::Identifier;

/// The id of each row that has one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    content: Content,
    /// A bit for each row that has one; `None` where all have.
    present: Option<Bits>,
}

#[derive(Clone, Debug, PartialEq)]
enum Content {
    /// So many rows, none of which has an id.
    Nothing(usize),
    /// Numbers, which mean their decimal digits.
    Wholes(Wholes),
    Uuids(Vec<u128>),
    Texts(Texts),
}

impl Default for Content {
    fn default() -> Self {
        Content::Nothing(0)
    }
}

impl Ids {
    pub(crate) fn push(&mut self, id: Option<Identifier<'_>>) {
        if let Some(id) = id {
            self.make_room(id);
        }
        let len = self.len();
        if id.is_none() && self.present.is_none() && !matches!(self.content, Content::Nothing(_)) {
            self.present = Some(Bits::all(true, len));
        }
        if let Some(present) = &mut self.present {
            present.push(id.is_some());
        }
        match &mut self.content {
            Content::Nothing(rows) => *rows += 1,
            Content::Wholes(numbers) => numbers.push(id.and_then(number).unwrap_or(0)),
            Content::Uuids(uuids) => uuids.push(id.and_then(uuid).unwrap_or(0)),
            Content::Texts(texts) => match id {
                Some(id) => id.with_text(|text| texts.push(text)),
                None => texts.push(""),
            },
        }
    }

    /// Sees to it that the id can be kept: whichever sorts of ids are mixed become texts.
    fn make_room(&mut self, id: Identifier<'_>) {
        match &self.content {
            Content::Nothing(rows) => {
                let rows = *rows;
                self.present = (rows > 0).then(|| Bits::all(false, rows));
                self.content = if number(id).is_some() {
                    let mut numbers = Wholes::default();
                    (0..rows).for_each(|_| numbers.push(0));
                    Content::Wholes(numbers)
                } else if uuid(id).is_some() {
                    Content::Uuids(vec![0; rows])
                } else {
                    let mut texts = Texts::default();
                    (0..rows).for_each(|_| texts.push(""));
                    Content::Texts(texts)
                };
            }
            Content::Wholes(_) if number(id).is_none() => self.write_out(),
            Content::Uuids(_) if uuid(id).is_none() => self.write_out(),
            Content::Wholes(_) | Content::Uuids(_) | Content::Texts(_) => {}
        }
    }

    fn write_out(&mut self) {
        let mut texts = Texts::default();
        for row in 0..self.len() {
            match self.get(row) {
                Some(id) => id.with_text(|text| texts.push(text)),
                None => texts.push(""),
            }
        }
        self.content = Content::Texts(texts);
    }

    /// The id of a row, if it has one.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<Identifier<'_>> {
        if self.present.as_ref().is_some_and(|bits| !bits.get(row)) {
            return None;
        }
        match &self.content {
            Content::Nothing(_) => None,
            Content::Wholes(numbers) => Some(identifier(numbers.get(row))),
            Content::Uuids(uuids) => uuids.get(row).copied().map(Identifier::Uuid),
            Content::Texts(texts) => Some(Identifier::Text(texts.get(row))),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match &self.content {
            Content::Nothing(rows) => *rows,
            Content::Wholes(numbers) => numbers.len(),
            Content::Uuids(uuids) => uuids.len(),
            Content::Texts(texts) => texts.len(),
        }
    }

    /// Whether no row has an id.
    pub(crate) fn are_none(&self) -> bool {
        matches!(self.content, Content::Nothing(_))
    }

    /// Those of other rows, in their order.
    pub(crate) fn gather(&self, rows: &[u32]) -> Self {
        Ids {
            content: match &self.content {
                Content::Nothing(_) => Content::Nothing(rows.len()),
                Content::Wholes(numbers) => Content::Wholes(numbers.gather(rows)),
                Content::Uuids(uuids) => {
                    let uuid = |row: &u32| uuids.get(*row as usize).copied().unwrap_or(0);
                    Content::Uuids(rows.iter().map(uuid).collect())
                }
                Content::Texts(texts) => Content::Texts(texts.gather(rows)),
            },
            present: self
                .present
                .as_ref()
                .and_then(|bits| bits.gather_unless_all(rows)),
        }
    }

    pub(crate) fn shrink(&mut self) {
        if let Some(present) = &mut self.present {
            present.shrink();
        }
        match &mut self.content {
            Content::Nothing(_) => {}
            Content::Wholes(numbers) => numbers.shrink(),
            Content::Uuids(uuids) => uuids.shrink_to_fit(),
            Content::Texts(texts) => texts.shrink(),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        let content = match &self.content {
            Content::Nothing(_) => 0,
            Content::Wholes(numbers) => numbers.bytes(),
            Content::Uuids(uuids) => size_of_val(uuids.as_slice()),
            Content::Texts(texts) => texts.bytes(),
        };
        content + self.present.as_ref().map_or(0, Bits::bytes)
    }
}

/// Ids are equal if they are written alike.
impl PartialEq for Ids {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && (0..self.len()).all(|row| self.get(row) == other.get(row))
    }
}

fn number(id: Identifier<'_>) -> Option<i128> {
    match id {
        Identifier::Number(n) => Some(n.into()),
        Identifier::Signed(n) => Some(n.into()),
        Identifier::Text(_) | Identifier::Uuid(_) => None,
    }
}

fn uuid(id: Identifier<'_>) -> Option<u128> {
    if let Identifier::Uuid(bits) = id {
        Some(bits)
    } else {
        None
    }
}

/// The id that is a number of at most 64 bits.
fn identifier(number: i128) -> Identifier<'static> {
    match (u64::try_from(number), i64::try_from(number)) {
        (Ok(n), _) => Identifier::Number(n),
        (Err(_), Ok(n)) => Identifier::Signed(n),
        (Err(_), Err(_)) => Identifier::Number(u64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;
    use crate::profile::Identifier;

    #[test]
    fn ids_come_back_whatever_is_mixed() {
        let uuid = Identifier::Uuid(0x67e5_5044_10b1_426f_9247_bb68_0e5f_e0c8);
        let cases: &[&[Option<Identifier<'_>>]] = &[
            &[],
            &[None, None],
            &[
                Some(Identifier::Number(u64::MAX)),
                Some(Identifier::Signed(-1)),
                None,
            ],
            &[None, Some(uuid), None, Some(uuid)],
            &[
                None,
                Some(Identifier::Text("anna")),
                Some(Identifier::Number(7)),
                None,
            ],
            &[
                Some(Identifier::Number(7)),
                None,
                Some(uuid),
                Some(Identifier::Text("")),
            ],
            &[
                Some(uuid),
                Some(Identifier::Signed(-7)),
                Some(Identifier::Text("b")),
            ],
        ];
        for ids in cases {
            let mut column = Ids::default();
            ids.iter().for_each(|id| column.push(*id));
            let got: Vec<_> = (0..column.len()).map(|i| column.get(i)).collect();
            assert_eq!(got, *ids);
            assert_eq!(column.are_none(), ids.iter().all(Option::is_none));
            let rows: Vec<u32> = (0..ids.len() as u32).rev().collect();
            let reversed = column.gather(&rows);
            let got: Vec<_> = (0..column.len()).rev().map(|i| reversed.get(i)).collect();
            assert_eq!(got, *ids);
        }
    }
}
