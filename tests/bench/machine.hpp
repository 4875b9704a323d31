#pragma once

namespace tidegate::bench {

/// Processors that this process may use.
unsigned processors();
/// Binds this thread to one of them; `which` counts on after the last.
void bind_to_processor(unsigned which);
void bind_to_none();

/// Nanoseconds of processor time that this thread has used.
double cpu_ns();
/// Nanoseconds that have gone by.
double wall_ns();

/// A turn of a loop that waits for another thread. Without `pause`: a virtual machine may be left for as long as its host
/// likes when it spins with that.
inline void spin() { asm volatile("nop; nop; nop; nop" ::: "memory"); }

/// Whether the C library registers threads for restartable sequences, so that the gate counts at each processor.
bool has_sequences();

}  // namespace tidegate::bench
