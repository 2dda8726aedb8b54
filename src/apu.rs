//! Stub
use crate::clock::{NEVER, Region};
use crate::state::Visitor;
use interpreter::Cycle;
#[derive(Clone, Debug)]
/// .
pub struct Apu;
#[allow(missing_docs)]
impl Apu {
    pub fn new(_region: Region, _rate: Option<u32>) -> Self {
        Self
    }
    pub fn reset(&mut self, _: Cycle) {}
    pub fn run_until(&mut self, _: Cycle) {}
    pub fn read_status(&mut self, _: Cycle) -> u8 {
        0
    }
    pub fn write(&mut self, _: u16, _: u8, _: Cycle) {}
    pub fn irq(&self) -> bool {
        false
    }
    pub fn next_irq(&self) -> Cycle {
        NEVER
    }
    pub fn next_dma(&self) -> Cycle {
        NEVER
    }
    pub fn dma_request(&self) -> Option<u16> {
        None
    }
    pub fn dma_supply(&mut self, _: u8, _: Cycle) {}
    pub fn end_frame(&mut self, _: Cycle) {}
    pub fn samples(&self) -> &[i16] {
        &[]
    }
    pub fn pulse1_length_counter(&self) -> u8 {
        0
    }
    pub fn state(&mut self, _: &mut impl Visitor) {}
}
