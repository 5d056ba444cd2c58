//! IO: small things that only the holder of a key can read, each under a name that only the
//! holder can make. Whoever gets at the place learns how many there are and when each was
//! written, and nothing else; what was changed, or put under another name, does not open.

use std::time::SystemTime;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _, PutPayload};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::location::Store;

/// Length of the key, in bytes.
pub const KEY_BYTES: usize = 32;
/// Largest content, in bytes.
pub const CONTENT_MAX: usize = 4096;
/// In front of everything that is sealed this way: a later way has another.
const FORMAT: u8 = 1;
const FOLDER: &str = "labels";

/// Why something was not kept, or not read.
#[derive(Debug, thiserror::Error)]
pub enum SealedError {
    /// The place does not answer, or refuses.
    #[error("the store of what is sealed: {0}")]
    Store(#[from] object_store::Error),
    /// It was sealed with another key, or changed since.
    #[error("something does not open: it is of another key, or was changed")]
    NotOurs,
    /// It is larger than [`CONTENT_MAX`].
    #[error("something is too large to be sealed")]
    TooLarge,
    /// The system has no random numbers.
    #[error("the system gives no random numbers")]
    NoRandom,
}

/// A place for small things, with its key.
pub struct Drawer {
    store: Store,
    seal: LessSafeKey,
    names: hmac::Key,
    random: SystemRandom,
}

impl Drawer {
    /// The drawer at a place, which opens with this key; the key should be random.
    pub fn new(store: Store, key: &[u8; KEY_BYTES]) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, key);
        let part = |purpose: &str| hmac::sign(&root, purpose.as_bytes());
        let seal = UnboundKey::new(&AES_256_GCM, part("seal").as_ref());
        Self {
            store,
            seal: LessSafeKey::new(seal.expect("a code of SHA-256 is as long as a key of AES-256")),
            names: hmac::Key::new(hmac::HMAC_SHA256, part("names").as_ref()),
            random: SystemRandom::new(),
        }
    }

    /// Keeps something under a name; what was there before is gone.
    ///
    /// # Errors
    /// It is not kept.
    pub async fn put(&self, name: &[&str], content: &[u8]) -> Result<(), SealedError> {
        if content.len() > CONTENT_MAX {
            return Err(SealedError::TooLarge);
        }
        let path = self.path(name);
        let mut nonce = [0; NONCE_LEN];
        let filled = self.random.fill(&mut nonce);
        filled.map_err(|_| SealedError::NoRandom)?;
        let mut sealed = content.to_vec();
        let bound = Aad::from(path.as_ref().as_bytes());
        let nonce_of_this = Nonce::assume_unique_for_key(nonce);
        self.seal
            .seal_in_place_append_tag(nonce_of_this, bound, &mut sealed)
            .expect("AES-GCM seals far more than we let in");
        let whole = [&[FORMAT], &nonce[..], &sealed].concat();
        self.store.put(&path, PutPayload::from(whole)).await?;
        Ok(())
    }

    /// What is kept under a name, if anything is.
    ///
    /// # Errors
    /// The place does not answer, or what is there does not open.
    pub async fn get(&self, name: &[&str]) -> Result<Option<Vec<u8>>, SealedError> {
        let path = self.path(name);
        let whole: Bytes = match self.store.get(&path).await {
            Ok(found) => found.bytes().await?,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let opened = self.open(&path, &whole);
        opened.map(Some).ok_or(SealedError::NotOurs)
    }

    fn open(&self, path: &Path, whole: &[u8]) -> Option<Vec<u8>> {
        let (format, rest) = whole.split_first()?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut content = sealed.to_vec();
        let bound = Aad::from(path.as_ref().as_bytes());
        let opened = self.seal.open_in_place(nonce, bound, &mut content).ok()?;
        (*format == FORMAT).then(|| opened.to_vec())
    }

    /// Lets go of what was written before this time; gives how much it was.
    ///
    /// # Errors
    /// Not all of it is gone: the place does not answer.
    pub async fn forget_before(&self, time: SystemTime) -> Result<usize, SealedError> {
        let before: std::time::Duration = time
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let folder = Path::from(FOLDER);
        let mut all = self.store.list(Some(&folder));
        let mut gone = 0;
        while let Some(kept) = all.try_next().await? {
            let written = u128::try_from(kept.last_modified.timestamp_millis()).unwrap_or(0);
            if written < before.as_millis() {
                self.store.delete(&kept.location).await?;
                gone += 1;
            }
        }
        Ok(gone)
    }

    /// Where something is kept: a code of its name, so that the place tells no names.
    fn path(&self, name: &[&str]) -> Path {
        let mut code = hmac::Context::with_key(&self.names);
        for part in name {
            // Lengths keep `a`, `bc` and `ab`, `c` apart.
            code.update(&(part.len() as u64).to_be_bytes());
            code.update(part.as_bytes());
        }
        let hex: String = code
            .sign()
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Path::from(format!("{FOLDER}/{}/{hex}", &hex[..2]))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::location;

    const KEY: [u8; KEY_BYTES] = [7; KEY_BYTES];

    fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => files.extend(self::files(&path)),
                false => files.push(path),
            }
        }
        files
    }

    #[tokio::test]
    async fn only_the_key_opens_and_only_what_nobody_changed() {
        let folder = tempfile::tempdir().unwrap();
        let store = location::folder(folder.path()).unwrap();
        let drawer = Drawer::new(store.clone(), &KEY);
        drawer.put(&["t", "v1"], b"KM 42").await.unwrap();
        drawer.put(&["t", "v2"], b"AB 17").await.unwrap();
        let got = async |drawer: &Drawer, visit| drawer.get(&["t", visit]).await;
        assert_eq!(got(&drawer, "v1").await.unwrap().unwrap(), b"KM 42");
        assert_eq!(got(&drawer, "v3").await.unwrap(), None);
        let other = Drawer::new(store, &[8; KEY_BYTES]);
        assert_eq!(got(&other, "v1").await.unwrap(), None, "not even found");

        let kept = files(folder.path());
        let contents: Vec<_> = kept
            .iter()
            .map(|file| std::fs::read(file).unwrap())
            .collect();
        for (file, content) in kept.iter().zip(&contents) {
            let seen = [file.to_str().unwrap().as_bytes(), content].concat();
            assert!(!seen.windows(2).any(|two| two == b"KM" || two == b"v1"));
        }
        // Each under the other's name.
        std::fs::write(&kept[0], &contents[1]).unwrap();
        std::fs::write(&kept[1], &contents[0][..20]).unwrap();
        for visit in ["v1", "v2"] {
            let got = got(&drawer, visit).await;
            assert!(matches!(got, Err(SealedError::NotOurs)), "{got:?}");
        }
    }

    #[tokio::test]
    async fn what_is_old_is_let_go_of() {
        let folder = tempfile::tempdir().unwrap();
        let drawer = Drawer::new(location::folder(folder.path()).unwrap(), &KEY);
        drawer.put(&["t", "v1"], b"KM 42").await.unwrap();
        let written = files(folder.path())[0]
            .metadata()
            .unwrap()
            .modified()
            .unwrap();
        let minute = Duration::from_secs(60);
        assert_eq!(drawer.forget_before(written - minute).await.unwrap(), 0);
        assert_eq!(drawer.forget_before(written + minute).await.unwrap(), 1);
        assert_eq!(drawer.get(&["t", "v1"]).await.unwrap(), None);
        let large = drawer.put(&["t", "v1"], &[0; CONTENT_MAX + 1]).await;
        assert!(matches!(large, Err(SealedError::TooLarge)));
    }
}
