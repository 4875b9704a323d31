#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define TIDEGATE_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define TIDEGATE_SANITIZED 1
#endif

// Restartable sequences need Linux on x86-64 and a C library that registers every thread (glibc 2.35). Sanitizers do not see the order
// that the sequences establish, and report false races.
#if defined(__linux__) && defined(__x86_64__) && defined(__GLIBC_PREREQ) && !defined(TIDEGATE_SANITIZED)
#if __GLIBC_PREREQ(2, 35)
#define TIDEGATE_PER_CPU 1
#endif
#endif

namespace tidegate::sdk {

/// Changes memory of the processor that the thread runs on, without a lock or an atomic instruction.
///
/// A restartable sequence is a few instructions that end in one plain store, the commit. If the kernel interrupts the sequence (another
/// thread, another processor, a signal), the thread begins the sequence anew; so no other thread works on this processor's memory before
/// the commit. fence() (fence.hpp) restarts every sequence in all threads that has not committed, and makes committed stores visible to
/// the caller; shutting a gate depends on it. See rseq(2), membarrier(2); Desnoyers and Turner, "Restartable sequences", 2016.
///
/// Memory: a row for each processor, `kStride` or `kNarrowStride` bytes apart. Threads: any; also in a signal handler.
namespace per_cpu {

inline constexpr unsigned kStride = 4096;
inline constexpr unsigned kNarrowStride = 64;

/// The parameters of the sequences; written once, before main(). The assembler code uses the symbol and these offsets.
struct Ground {
  std::ptrdiff_t area = 0;  ///< offset of the thread's `struct rseq` from the thread pointer
  std::uint32_t cpus = 0;   ///< number of rows: one for each processor that the machine can have
  std::uint32_t available = 0;
  /// The number of restarted sequences, for the gate's self-test and for tests.
  std::atomic<std::uint64_t> aborts{0};
};
[[gnu::visibility("hidden")]] extern Ground ground asm("tidegate_per_cpu_ground");
static_assert(offsetof(Ground, cpus) == 8 && offsetof(Ground, aborts) == 16);

/// The rows of the processors; the assembler code uses the offsets of both members.
struct Rows {
  std::atomic<char *> first{nullptr};
  std::atomic<std::uint32_t> count{0};  ///< 0: closed; else the number of rows
};
static_assert(offsetof(Rows, count) == 8);

/// Returns: whether this process has restartable sequences; without them the functions below return false. Only the self-test in
/// runtime/gate_proof.hpp shows that the kernel restarts sequences and that the fence is still allowed.
inline bool available() { return ground.available != 0; }
/// Returns the number of rows to reserve; at least 1.
std::uint32_t rows();

#ifdef TIDEGATE_PER_CPU

// Labels: `31` is the descriptor for the kernel, in a section that goes with the code (`?`: also with one of many copies of a function);
// `32` is the restart; `33` to `34` is the sequence; `35` is the abort handler, to which the kernel jumps.
#define TG_SEQUENCE                                                                              \
  ".pushsection __rseq_cs, \"aw?\"\n\t.balign 32\n"                                               \
  "31:\n\t.long 0, 0\n\t.quad 33f, 34f - 33f, 35f\n\t.popsection\n"                              \
  "32:\n\tleaq 31b(%%rip), %%rax\n\tmovq %%rax, %%fs:8(%[area])\n"                               \
  "33:\n\tmovl %%fs:4(%[area]), %%ecx\n\tcmpl 8(%[rows]), %%ecx\n\tjae %l[otherwise]\n\t"
#define TG_COMMITTED                                                                                     \
  "34:\n\t.pushsection __rseq_failure, \"ax?\"\n\t.byte 0x0f, 0xb9, 0x3d\n\t.long 0x53053053\n"           \
  "35:\n\tlock incq 16+tidegate_per_cpu_ground(%%rip)\n\tjmp 32b\n\t.popsection\n\t"
#define TG_GROUND [area] "r"(ground.area)
// All sequences are volatile: g++ 12 drops a sequence with an unused output.

/// Adds one to a number of 64 bits `kOffset` bytes into this processor's row. The sequence reads the number of rows: after this number was
/// set to 0 and fence() has returned, no thread adds any more.
/// Returns: false, with nothing changed, when this processor has no row or this thread has no sequences.
template <unsigned kOffset>
[[gnu::always_inline]] inline bool add(const Rows &rows) {
  asm volatile goto(TG_SEQUENCE
           "movq (%[rows]), %%rax\n\t"
           "shlq $12, %%rcx\n\t"
           "addq $1, %c[offset](%%rax,%%rcx)\n"
           TG_COMMITTED
           : : TG_GROUND, [rows] "r"(&rows), [offset] "i"(kOffset) : "rax", "rcx", "cc", "memory" : otherwise);
  return true;
otherwise:
  return false;
}

/// Adds `by` to a signed number, likewise. Returns: false also when the number was not from `least` to `most` before.
template <unsigned kOffset>
inline bool add_within(const Rows &rows, std::int64_t by, std::int64_t least, std::int64_t most) {
  asm volatile goto(TG_SEQUENCE
           "movq (%[rows]), %%rax\n\t"
           "shlq $12, %%rcx\n\t"
           "addq %%rax, %%rcx\n\t"
           "movq %c[offset](%%rcx), %%rax\n\t"
           "cmpq %[least], %%rax\n\t"
           "jl %l[otherwise]\n\t"
           "cmpq %[most], %%rax\n\t"
           "jg %l[otherwise]\n\t"
           "addq %[by], %c[offset](%%rcx)\n"
           TG_COMMITTED
           : : TG_GROUND, [rows] "r"(&rows), [offset] "i"(kOffset), [by] "r"(by), [least] "r"(least), [most] "r"(most)
           : "rax", "rcx", "cc", "memory" : otherwise);
  return true;
otherwise:
  return false;
}

// A stack for each processor, of records of 64 bytes with an index of 24 bits. The word of a stack has the index of its top (kNoIndex: the
// stack is empty), then 12 bits for the number of records. A free record has the index of the record below it at the offset `kLink`.
inline constexpr std::uint32_t kNoIndex = 0xffffff;

/// Takes the top of this processor's stack. Returns: false when the stack is empty or closed, or this thread has no sequences.
template <unsigned kLink>
[[gnu::always_inline]] inline bool pop(const Rows &stacks, const void *records, std::uint32_t &index) {
  std::uint64_t top;
  asm volatile goto(TG_SEQUENCE
           "shlq $6, %%rcx\n\t"
           "addq (%[rows]), %%rcx\n\t"
           "movq (%%rcx), %%rax\n\t"
           "movl %%eax, %k[top]\n\t"
           "andl $0xffffff, %k[top]\n\t"
           "cmpl $0xffffff, %k[top]\n\t"
           "je %l[otherwise]\n\t"
           "subq %[top], %%rax\n\t"
           "shlq $6, %[top]\n\t"
           "movl %c[link](%[records],%[top]), %%edx\n\t"
           "leaq -0x1000000(%%rax,%%rdx), %%rax\n\t"
           "movq %%rax, (%%rcx)\n"
           TG_COMMITTED
           : [top] "=&r"(top)
           : TG_GROUND, [rows] "r"(&stacks), [records] "r"(records), [link] "i"(kLink)
           : "rax", "rcx", "rdx", "cc", "memory" : otherwise);
  index = static_cast<std::uint32_t>(top >> 6);
  return true;
otherwise:
  return false;
}

/// Puts a record on this processor's stack. Returns: false when the stack has `most` records or is closed, or this thread has no sequences.
template <unsigned kLink>
[[gnu::always_inline]] inline bool push(const Rows &stacks, void *records, std::uint32_t index, std::uint32_t most) {
  asm volatile goto(TG_SEQUENCE
           "shlq $6, %%rcx\n\t"
           "addq (%[rows]), %%rcx\n\t"
           "movq (%%rcx), %%rax\n\t"
           "movq %%rax, %%rdx\n\t"
           "shrq $24, %%rdx\n\t"
           "cmpq %[most], %%rdx\n\t"
           "jae %l[otherwise]\n\t"
           "movl %%eax, %%edx\n\t"
           "andl $0xffffff, %%edx\n\t"
           "movl %%edx, %c[link](%[record])\n\t"  // in order for a thread that still reads the record: x86 does not reorder stores
           "subq %%rdx, %%rax\n\t"
           "leaq 0x1000000(%%rax,%[index]), %%rax\n\t"
           "movq %%rax, (%%rcx)\n"
           TG_COMMITTED
           : : TG_GROUND, [rows] "r"(&stacks), [record] "r"(static_cast<char *>(records) + std::size_t{index} * 64),
             [index] "r"(std::uint64_t{index}), [most] "r"(std::uint64_t{most}), [link] "i"(kLink)
           : "rax", "rcx", "rdx", "cc", "memory" : otherwise);
  return true;
otherwise:
  return false;
}

/// Stays within one sequence, in which it raises `beats` all the time, until `rows` is closed. ground.aborts grows when fence() restarts
/// this sequence.
inline void beat_until_closed(const Rows &rows, std::atomic<std::uint64_t> &beats) {
  asm volatile goto(TG_SEQUENCE
           "7:\n\t"
           "incq (%[beats])\n\t"
           "cmpl $0, 8(%[rows])\n\t"
           "jne 7b\n"
           TG_COMMITTED
           : : TG_GROUND, [rows] "r"(&rows), [beats] "r"(&beats) : "rax", "rcx", "cc", "memory" : otherwise);
otherwise:
  return;
}

#undef TG_SEQUENCE
#undef TG_COMMITTED
#undef TG_GROUND

#else

inline void beat_until_closed(const Rows &, std::atomic<std::uint64_t> &) {}

template <unsigned kOffset>
bool add(const Rows &) {
  return false;
}
template <unsigned kOffset>
bool add_within(const Rows &, std::int64_t, std::int64_t, std::int64_t) {
  return false;
}
inline constexpr std::uint32_t kNoIndex = 0xffffff;
template <unsigned kLink>
bool pop(const Rows &, const void *, std::uint32_t &) {
  return false;
}
template <unsigned kLink>
bool push(const Rows &, void *, std::uint32_t, std::uint32_t) {
  return false;
}

#endif

inline char *thread_pointer() {
#if defined(__x86_64__) && defined(__linux__)
  char *self;
  asm("movq %%fs:0, %0" : "=r"(self));
  return self;
#else
  return static_cast<char *>(__builtin_thread_pointer());
#endif
}

/// Returns the row of the processor that this thread runs on at the moment; a hint.
inline std::uint32_t row() {
#ifdef TIDEGATE_PER_CPU
  const std::uint32_t cpu = *reinterpret_cast<const volatile std::uint32_t *>(thread_pointer() + ground.area + 4);
  return cpu < ground.cpus ? cpu : 0;
#else
  return 0;
#endif
}

/// Returns the shard of this thread, from 0 to `most` - 1: mostly another one for each thread. `most` is a power of two. Threads without
/// sequences use the memory of their shard in place of a processor's.
inline std::uint32_t shard(std::uint32_t most) {
  // The control blocks of threads are a page or more apart; Knuth's multiplicative hashing spreads their addresses.
  const auto place = reinterpret_cast<std::uintptr_t>(thread_pointer());
  return static_cast<std::uint32_t>(((place >> 6) * 0x9e3779b97f4a7c15u) >> 40) & (most - 1);
}

}  // namespace per_cpu
}  // namespace tidegate::sdk
