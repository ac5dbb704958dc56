//! The parts of a SentencePiece model's file that cut text, read from its protocol buffer.
//!
//! Fields and their numbers are those of `sentencepiece_model.proto`. Unknown fields are skipped, as the format
//! demands.

/// What a piece is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceKind {
    Normal,
    Unknown,
    Control,
    UserDefined,
    Unused,
    Byte,
}

/// A piece, with its log-probability or its rank as a number.
pub struct Piece {
    pub text: Box<[u8]>,
    pub score: f32,
    pub kind: PieceKind,
}

/// How a model cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Unigram,
    Bpe,
    /// Cuts at white space alone, or each character: the number in the file.
    Other(u64),
}

/// The contents of a file.
pub struct ModelProto {
    pub pieces: Vec<Piece>,
    pub algorithm: Algorithm,
    pub byte_fallback: bool,
    pub suffix: bool,
    pub charsmap: Vec<u8>,
    pub dummy_prefix: bool,
    pub remove_extra: bool,
    pub escape: bool,
}

/// A value of a field.
enum Value<'b> {
    Number(u64),
    Bytes(&'b [u8]),
    Float(f32),
    Other,
}

/// The fields of a message, in turn.
struct Fields<'b>(&'b [u8]);

const CUT: &str = "it is cut short";

impl<'b> Fields<'b> {
    fn number(&mut self) -> Result<u64, &'static str> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first().ok_or(CUT)?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err("a number has more than 64 bits")
    }

    fn bytes(&mut self, len: u64) -> Result<&'b [u8], &'static str> {
        let len = usize::try_from(len).map_err(|_| CUT)?;
        let (bytes, rest) = self.0.split_at_checked(len).ok_or(CUT)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn next(&mut self) -> Result<Option<(u64, Value<'b>)>, &'static str> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let key = self.number()?;
        let value = match key & 7 {
            0 => Value::Number(self.number()?),
            1 => self.bytes(8).map(|_| Value::Other)?,
            2 => {
                let len = self.number()?;
                Value::Bytes(self.bytes(len)?)
            }
            5 => {
                let bytes = self.bytes(4)?.first_chunk().ok_or(CUT)?;
                Value::Float(f32::from_le_bytes(*bytes))
            }
            _ => return Err("a field has a type that does not exist"),
        };
        Ok(Some((key >> 3, value)))
    }
}

fn each<'b>(
    message: &'b [u8],
    mut take: impl FnMut(u64, Value<'b>) -> Result<(), &'static str>,
) -> Result<(), &'static str> {
    let mut fields = Fields(message);
    while let Some((number, value)) = fields.next()? {
        take(number, value)?;
    }
    Ok(())
}

/// Reads the bytes of a file.
pub fn read(file: &[u8]) -> Result<ModelProto, &'static str> {
    let mut model = ModelProto {
        pieces: Vec::new(),
        algorithm: Algorithm::Unigram,
        byte_fallback: false,
        suffix: false,
        charsmap: Vec::new(),
        dummy_prefix: true,
        remove_extra: true,
        escape: true,
    };
    each(file, |number, value| {
        match (number, value) {
            (1, Value::Bytes(message)) => model.pieces.push(piece(message)?),
            (2, Value::Bytes(message)) => each(message, |number, value| {
                match (number, value) {
                    (3, Value::Number(1)) => model.algorithm = Algorithm::Unigram,
                    (3, Value::Number(2)) => model.algorithm = Algorithm::Bpe,
                    (3, Value::Number(other)) => model.algorithm = Algorithm::Other(other),
                    (24, Value::Number(suffix)) => model.suffix = suffix != 0,
                    (35, Value::Number(fallback)) => model.byte_fallback = fallback != 0,
                    _ => {}
                }
                Ok(())
            })?,
            (3, Value::Bytes(message)) => each(message, |number, value| {
                match (number, value) {
                    (2, Value::Bytes(charsmap)) => model.charsmap = charsmap.to_vec(),
                    (3, Value::Number(add)) => model.dummy_prefix = add != 0,
                    (4, Value::Number(remove)) => model.remove_extra = remove != 0,
                    (5, Value::Number(escape)) => model.escape = escape != 0,
                    _ => {}
                }
                Ok(())
            })?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(model)
}

fn piece(message: &[u8]) -> Result<Piece, &'static str> {
    let (mut text, mut score, mut kind) = (&[][..], 0.0, PieceKind::Normal);
    each(message, |number, value| {
        match (number, value) {
            (1, Value::Bytes(bytes)) => text = bytes,
            (2, Value::Float(value)) => score = value,
            (3, Value::Number(number)) => {
                kind = match number {
                    1 => PieceKind::Normal,
                    2 => PieceKind::Unknown,
                    3 => PieceKind::Control,
                    4 => PieceKind::UserDefined,
                    5 => PieceKind::Unused,
                    6 => PieceKind::Byte,
                    _ => return Err("a piece has a type that does not exist"),
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    if text.is_empty() || std::str::from_utf8(text).is_err() {
        return Err("a piece is empty, or is not UTF-8");
    }
    if !score.is_finite() {
        return Err("the score of a piece is no finite number");
    }
    Ok(Piece { text: text.into(), score, kind })
}
