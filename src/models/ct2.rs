//! `CTranslate2`'s model file: a list of named arrays, and names that stand for others.
//!
//! Knows the layout of the file and nothing of what is made of it (see [`super::ggml`], [`super::whisper_onnx`]).
//!
//! Invariant: a foreign or broken file is an error, never a panic; nothing is taken beyond its end.

use half::f16;
use std::collections::BTreeMap;

/// No Whisper has more layers (large has 32): a bound for a foreign file.
const LAYERS_MAX: usize = 64;

/// An array with its shape, widened to single precision.
#[derive(Clone)]
pub(super) struct Array {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f32>,
}

impl Array {
    /// One of `parts` equal parts along the first axis.
    pub(super) fn part(&self, index: usize, parts: usize) -> Self {
        let size = self.values.len() / parts;
        let mut shape = self.shape.clone();
        shape[0] /= parts;
        Self { shape, values: self.values[index * size..(index + 1) * size].to_vec() }
    }
}

/// `CTranslate2`'s file: named arrays of raw bytes.
pub(super) struct Ct2<'a>(BTreeMap<String, Raw<'a>>);

#[derive(Clone)]
struct Raw<'a> {
    shape: Vec<usize>,
    kind: u8,
    bytes: &'a [u8],
}

impl<'a> Ct2<'a> {
    pub(super) fn read(model: &'a [u8]) -> Result<Self, String> {
        let mut input = Input(model);
        let version = input.u32()?;
        let spec = input.text()?;
        input.u32()?;
        if (version, spec.as_str()) != (6, "WhisperSpec") {
            return Err(format!("expected CTranslate2's WhisperSpec version 6, found {spec} version {version}"));
        }
        let mut arrays = BTreeMap::new();
        for _ in 0..input.u32()? {
            let name = input.text()?;
            let axes = input.take(1)?[0];
            let shape = (0..axes).map(|_| input.u32().map(|size| size as usize)).collect::<Result<_, _>>()?;
            let kind = input.take(1)?[0];
            let size = input.u32()? as usize;
            arrays.insert(name, Raw { shape, kind, bytes: input.take(size)? });
        }
        for _ in 0..input.u32()? {
            let (alias, name) = (input.text()?, input.text()?);
            let array = arrays.get(&name).cloned().ok_or_else(|| format!("{alias} names the missing {name}"))?;
            arrays.insert(alias, array);
        }
        Ok(Self(arrays))
    }

    fn raw(&self, name: &str) -> Result<&Raw<'a>, String> {
        self.0.get(name).ok_or_else(|| format!("the model has no {name}"))
    }

    pub(super) fn number(&self, name: &str) -> Result<usize, String> {
        let bytes = self.raw(name)?.bytes;
        Ok(bytes.iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte)))
    }

    pub(super) fn layers(&self, side: &str) -> usize {
        (0..LAYERS_MAX).take_while(|i| self.0.contains_key(&format!("{side}/layer_{i}/ffn/linear_0/weight"))).count()
    }

    pub(super) fn array(&self, name: &str) -> Result<Array, String> {
        let raw = self.raw(name)?;
        let values = match raw.kind {
            0 => raw.bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect::<Vec<_>>(),
            4 => raw.bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
            kind => return Err(format!("{name} is of kind {kind}; only single and half precision are read")),
        };
        if values.len() != raw.shape.iter().product::<usize>() {
            return Err(format!("{name} has {} values for the shape {:?}", values.len(), raw.shape));
        }
        Ok(Array { shape: raw.shape.clone(), values })
    }
}

/// A cursor over the file.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, size: usize) -> Result<&'a [u8], String> {
        let (head, tail) = self.0.split_at_checked(size).ok_or("the file ends too soon")?;
        self.0 = tail;
        Ok(head)
    }

    fn u32(&mut self) -> Result<u32, String> {
        self.take(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    }

    /// A length, then that many bytes, the last of them zero.
    fn text(&mut self) -> Result<String, String> {
        let size = self.take(2).map(|b| u16::from_le_bytes([b[0], b[1]]))?;
        let bytes = self.take(usize::from(size))?;
        Ok(String::from_utf8_lossy(bytes.strip_suffix(&[0]).unwrap_or(bytes)).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_truncated_or_foreign_file_is_an_error() {
        assert!(Ct2::read(&[]).is_err());
        assert!(Ct2::read(&[6, 0, 0, 0, 4, 0, b'X', b'Y', b'Z', 0, 1, 0, 0, 0]).is_err());
    }
}
