//! Games that start warm: what the cache keeps of them, and what a run adds to that.
//!
//! ```text
//! cache ── image ──► machine starts with it ──► the JIT compiles what it lacks ──► profile grows ──► a new image ──► cache
//! ```
//!
//! A game's *profile* lists what the JIT has compiled in any run since there was something to compile. An image is
//! compiled ahead of time from the ROM and the profile, and has a hash of that profile as its stamp: an image of another
//! profile is made again, whichever process wrote what in which order. A run that finds nothing that is not in the
//! profile changes nothing, so this comes to an end.

#[cfg(feature = "window")]
mod keeper;

use super::image::Source;
use super::rom::Rom;
use crate::cache::{Cache, Name, Problem};
use crate::folders::{CacheSettings, CacheUse};
use crate::terminal;
#[cfg(feature = "window")]
pub(super) use keeper::Keeper;
use ricojit::ahead::{self, Input};
use ricojit::options::JitOptions;
use ricojit::recompiler::EntryProfile;
use ricojit::{Cartridge, Engine, Image, Machine, Options};
use std::collections::BTreeSet;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// The options.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct CacheArgs {
    /// Begin with the native code that is kept in the user's cache folder, and keep there what the run finds. Not used
    /// with an image, `--profile-out` or a log of the JIT, nor by the interpreter [default: `play` does so, other
    /// commands do if the settings file says `cache = true`]
    #[arg(long, conflicts_with = "no_cache")]
    cache: bool,

    /// Leave the cache alone
    #[arg(long)]
    no_cache: bool,
}

impl CacheArgs {
    /// The cache, for a command without a window, if it is wanted. Says why if it cannot be used.
    pub(super) fn open(self) -> Option<Arc<Cache>> {
        if self.no_cache {
            return None;
        }
        let settings = settings();
        (self.cache || settings.used == CacheUse::Always).then(|| open(settings)).flatten()
    }

    /// As [`CacheArgs::open`], for the window.
    #[cfg(feature = "window")]
    pub(super) fn open_in_window(self, settings: CacheSettings) -> Option<Arc<Cache>> {
        let wanted = self.cache || (!self.no_cache && settings.used != CacheUse::Never);
        wanted.then(|| open(settings)).flatten()
    }

    /// Whether the command line asks for it.
    pub(super) fn is_asked(self) -> bool {
        self.cache
    }
}

fn open(settings: CacheSettings) -> Option<Arc<Cache>> {
    let opened = Cache::open(limit(settings));
    opened.map(Arc::new).map_err(|problem| terminal::say(format_args!("no cache: {problem}"))).ok()
}

/// The cache for a command that is for it.
pub(super) fn open_to_fill() -> Result<Arc<Cache>, Problem> {
    Cache::open(limit(settings())).map(Arc::new)
}

fn limit(settings: CacheSettings) -> u64 {
    u64::from(settings.mib) << 20
}

/// What the settings file says. Its mistakes are for `play` to report.
#[cfg(feature = "window")]
fn settings() -> CacheSettings {
    let file = crate::folders::settings().and_then(|path| crate::files::read(&path).ok());
    file.map_or_else(CacheSettings::default, |file| {
        crate::window::config::parse(&String::from_utf8_lossy(&file)).0.cache
    })
}

/// The settings file is that of the window.
#[cfg(not(feature = "window"))]
fn settings() -> CacheSettings {
    CacheSettings::default()
}

/// What the cache keeps of a game, for machines with certain options.
pub(super) struct Warm {
    cache: Arc<Cache>,
    cartridge: Cartridge,
    game: String,
    /// Those on which code depends.
    options: Options,
    image: Name,
    profile: Name,
    /// The regions that were compiled when the run was looked at.
    seen: Option<u64>,
}

impl Warm {
    /// What a cache keeps of a ROM.
    pub(super) fn new(cache: &Arc<Cache>, rom: &Rom, options: &Options) -> Self {
        let JitOptions { link, liveness, inline, .. } = options.jit;
        let idle_skip = options.idle_skip.unwrap_or(true);
        let digit = [link, liveness, inline, idle_skip].iter().rev().fold(0, |digit, &on| digit << 1 | u8::from(on));
        let jit = JitOptions::new().link(link).liveness(liveness).inline(inline);
        Self {
            cache: Arc::clone(cache),
            game: rom.title(),
            options: Options::new().jit(jit).idle_skip(idle_skip),
            image: Name::image(rom.cartridge.rom_sha1, Image::version(), digit),
            profile: Name::profile(rom.cartridge.rom_sha1),
            cartridge: rom.cartridge.clone(),
            seen: None,
        }
    }

    /// A ROM with the code that a cache keeps of it, for machines with these options; and what can be added when they
    /// have run. Without a cache, with an image already or without an engine that uses one, the ROM stays as it is, and
    /// in the latter cases the cache is not even opened.
    pub(super) fn start(
        cache: impl FnOnce() -> Option<Arc<Cache>>,
        rom: Rom,
        options: &Options,
    ) -> (Rom, Option<Self>) {
        let is_plain = rom.code().image().is_none();
        if !is_plain || options.engine == Engine::Interpreter || options.jit.count_entries {
            return (rom, None);
        }
        let Some(cache) = cache() else { return (rom, None) };
        let warm = Self::new(&cache, &rom, options);
        let mut source = warm.load();
        if source.is_none() && options.engine == Engine::Aot {
            // It would be compiled now in any case.
            warm.compile(warm.kept_profile(), true, None).unwrap_or_else(|problem| cache.complain(&problem));
            source = warm.load();
        }
        let rom = match source {
            Some(source) => rom.with_image(source),
            None => rom,
        };
        (rom, Some(warm))
    }

    /// The image.
    fn load(&self) -> Option<Source> {
        let entry = self.cache.load(&self.image)?;
        let source = Source::cached(&self.cartridge, &entry);
        source.map_err(|problem| self.cache.discard(&self.image, format_args!("cannot be used ({problem})"))).ok()
    }

    /// The profile that is kept; without entries if none is.
    fn kept_profile(&self) -> EntryProfile {
        let entry = self.cache.load(&self.profile);
        let profile: Option<EntryProfile> = entry.and_then(|entry| entry.text()?.parse().ok());
        profile.filter(|profile| profile.counts(&self.cartridge).is_ok()).unwrap_or_default()
    }

    /// Adds what a run has compiled, and makes a new image if there is something new. Returns whether it did.
    fn learn(&mut self, machine: &Machine, threads: Option<NonZero<usize>>) -> Result<bool, Problem> {
        let Some(recompiler) = machine.recompiler() else { return Ok(false) };
        let statistics = recompiler.statistics();
        if self.seen == Some(statistics.regions) {
            return Ok(false);
        }
        // Read again: another process may have added to it.
        let mut profile = self.kept_profile();
        let known: BTreeSet<_> = compiled_of(&profile, &self.cartridge).collect();
        let compiled = recompiler.regions().into_iter().skip(statistics.image_regions as usize);
        let new: Vec<_> = compiled.map(|region| region.key).filter(|key| !known.contains(key)).collect();
        new.iter().for_each(|&key| profile.add(&self.cartridge, key, Input::MIN_COUNT));
        let is_due = self.cache.stamp(&self.image) != Some(stamp(&profile));
        if is_due {
            self.compile(profile, !new.is_empty(), threads)?;
        }
        self.seen = Some(statistics.regions);
        Ok(is_due)
    }

    /// As [`Warm::learn`], at the end of a run; says what fails.
    pub(super) fn finish(mut self, machine: &Machine) {
        if let Err(problem) = self.learn(machine, None) {
            self.cache.complain(&problem);
        }
    }

    /// Compiles the image and keeps it, with the profile if that is new.
    fn compile(&self, profile: EntryProfile, is_new: bool, threads: Option<NonZero<usize>>) -> Result<(), Problem> {
        let input = Input { profile, threads, ..Input::default() };
        // There are machines with this ROM, so it can be compiled, unless the compiler does not know the host.
        let Ok((image, _)) = ahead::compile(&self.cartridge, &self.options, &input) else { return Ok(()) };
        self.keep(&image, &input.profile, is_new)
    }

    fn keep(&self, image: &Image, profile: &EntryProfile, is_new: bool) -> Result<(), Problem> {
        self.cache.store_image(&self.image, &self.game, stamp(profile), image)?;
        match is_new && profile.has(&self.cartridge) {
            true => self.cache.store_profile(&self.profile, &self.game, profile),
            false => Ok(()),
        }
    }

    /// For `compile`: the profile that is kept and what is in another of this ROM.
    pub(super) fn profile_with(&self, other: &EntryProfile) -> EntryProfile {
        let mut profile = self.kept_profile();
        for (key, count) in other.counts(&self.cartridge).unwrap_or_default() {
            profile.add(&self.cartridge, key, count);
        }
        profile
    }

    /// For `compile`: keeps what it has made with that profile.
    pub(super) fn keep_compiled(&self, image: &Image, profile: &EntryProfile) -> Result<(), Problem> {
        self.keep(image, profile, true)
    }

    /// Where the image is kept.
    pub(super) fn image_path(&self) -> PathBuf {
        self.cache.path(&self.image)
    }
}

/// The entries of a profile that are compiled because of it.
fn compiled_of(
    profile: &EntryProfile,
    cartridge: &Cartridge,
) -> impl Iterator<Item = ricojit::recompiler::Key> + use<> {
    let counts = profile.counts(cartridge).unwrap_or_default();
    counts.into_iter().filter(|(_, count)| *count >= Input::MIN_COUNT).map(|(key, _)| key)
}

/// A number for what is compiled because of a profile.
fn stamp(profile: &EntryProfile) -> u64 {
    xxh3_64(profile.to_string().as_bytes())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn options(engine: Engine) -> Options {
        Options::new().engine(engine).jit(JitOptions::new().sync(true).threshold(0))
    }

    /// A machine that has run for a second, and what can be added to the cache.
    fn played(cache: &Arc<Cache>, engine: Engine) -> (Machine, Warm) {
        let (rom, warm) = Warm::start(|| Some(Arc::clone(cache)), Rom::demo().expect("our own ROM"), &options(engine));
        let mut machine = rom.machine(&options(engine)).expect("a machine");
        (0..60).for_each(|_| machine.run_frame());
        (machine, warm.expect("a cache that is used"))
    }

    fn end(cache: &Cache) {
        let folder = cache.path(&Name::profile([0; 20])).ancestors().nth(3).expect("it has parents").to_owned();
        std::fs::remove_dir_all(folder).expect("removable");
    }

    #[test]
    fn a_new_image_is_made_only_if_there_is_something_new() {
        let cache = Arc::new(Cache::for_tests("learn", 1 << 30));
        let learn = |warm: &mut Warm, machine: &Machine| warm.learn(machine, None).expect("writable");
        let (machine, mut warm) = played(&cache, Engine::Jit);
        assert!(learn(&mut warm, &machine), "there was nothing");
        assert!(!learn(&mut warm, &machine), "nothing was compiled since");
        // Runs that begin with the image find less and less.
        let is_more = || {
            let (machine, mut warm) = played(&cache, Engine::Jit);
            learn(&mut warm, &machine)
        };
        assert!((0..8).any(|_| !is_more()) && !is_more());
        let (machine, mut warm) = played(&cache, Engine::Jit);
        assert_eq!(machine.recompiler().expect("native code").statistics().regions, 0);
        // Another process has added to the profile, and was killed before it could compile that.
        let mut profile = warm.kept_profile();
        let (key, _) = profile.counts(&warm.cartridge).expect("of this ROM")[0];
        profile.add(&warm.cartridge, key, 1);
        cache.store_profile(&warm.profile, "demo", &profile).expect("writable");
        assert!(learn(&mut warm, &machine), "the image is of another profile");
        assert!(!learn(&mut played(&cache, Engine::Jit).1, &machine));
        end(&cache);
    }

    #[test]
    fn an_image_of_another_version_is_removed_and_made_again() {
        let cache = Arc::new(Cache::for_tests("version", 1 << 30));
        let (machine, warm) = played(&cache, Engine::Aot);
        let image = machine.recompiler().expect("native code").image().to_bytes();
        assert!(warm.load().is_some());
        assert_eq!(Image::version(), xxh3_64(&image[8..90]), "all of the head up to the ROM");
        // In its head: the form, the source, the layout, Cranelift, the host, the ROM.
        for at in [8, 10, 18, 26, 42, 90] {
            let mut other = image[..image.len() - 8].to_vec();
            other[at] ^= 1;
            other.extend(xxh3_64(&other).to_le_bytes());
            cache.store_bytes(&warm.image, 0, &other);
            assert!(warm.load().is_none(), "byte {at}");
            assert!(!warm.image_path().exists(), "byte {at}");
        }
        // A profile is no image, whatever its file is called.
        cache.store_profile(&warm.profile, "demo", &EntryProfile::default()).expect("writable");
        std::fs::copy(cache.path(&warm.profile), warm.image_path()).expect("writable");
        assert!(warm.load().is_none());
        let (machine, warm) = played(&cache, Engine::Aot);
        assert!(warm.load().is_some() && machine.recompiler().expect("native code").image().to_bytes() == image);
        end(&cache);
    }
}
