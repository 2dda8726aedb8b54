//! Ricojit: a cycle-exact NES emulator.
