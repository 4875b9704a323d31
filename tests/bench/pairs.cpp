#include "pairs.hpp"

#include <memory>
#include <vector>

namespace tidegate::bench {
namespace {

constexpr unsigned kChunk = 1000;

/// A thread that is known to what it uses for as long as its work lives.
struct Attached {
  explicit Attached(const EntryCalls &calls) : detach(calls.detach) {
    if (calls.attach != nullptr) calls.attach();
  }
  Attached(const Attached &) = delete;
  Attached &operator=(const Attached &) = delete;
  ~Attached() {
    if (detach != nullptr) detach();
  }
  void (*detach)();
};

Side side(const char *name, unsigned threads, std::function<Chunk()> begin) {
  return {name,
          [threads, begin = std::move(begin)](unsigned round) { return processor_time(threads, kSlice, round, begin); }};
}

}  // namespace

// Not inlined, so that all sides run the very same instructions, at the same addresses.

[[gnu::noinline]] void entry_loop(const EntryCalls &calls, std::uint64_t pairs) {
  const auto enter = calls.enter;
  const auto leave = calls.leave;
  tg_service *const object = calls.object;
  for (; pairs != 0; --pairs) {
    enter(object);
    leave(object);
  }
}

[[gnu::noinline]] void refusal_loop(const EntryCalls &calls, std::uint64_t calls_made) {
  const auto enter = calls.enter;
  tg_service *const object = calls.object;
  for (; calls_made != 0; --calls_made) enter(object);
}

[[gnu::noinline]] void session_loop(const SessionCalls &calls, std::uint64_t pairs) {
  const auto admit = calls.admit;
  const auto release = calls.release;
  tg_service *const object = calls.object;
  const tg_request request = request_of(1);
  tg_verdict verdict = TG_INIT(tg_verdict);
  tg_ticket ticket = 0;
  for (; pairs != 0; --pairs) {
    admit(object, &request, &verdict, &ticket);
    release(object, ticket);
  }
}

tg_request request_of(std::uint64_t tag) {
  tg_request request = TG_INIT(tg_request);
  request.tag = tag;
  request.peer.ip[10] = request.peer.ip[11] = 0xff;
  request.peer.ip[12] = 192;
  request.peer.ip[14] = 2;
  request.peer.port = 5060;
  return request;
}

Side entry_side(const EntryCalls &calls, unsigned threads) {
  return side(calls.name, threads, [calls] {
    auto attached = std::make_shared<Attached>(calls);
    return Chunk{[calls, attached] { entry_loop(calls, kChunk); }, kChunk};
  });
}

Side direct_entry_side(const EntryCalls &calls, unsigned threads) {
  return side("gate: entry, linked", threads, [service = calls.object] {
    return Chunk{[service] { direct_loops().entry(service, kChunk); }, kChunk};
  });
}

Side direct_session_side(const SessionCalls &calls, unsigned threads) {
  return side("gate: session, linked", threads, [service = calls.object] {
    return Chunk{[service] {
                   const tg_request request = request_of(1);
                   direct_loops().session(service, &request, kChunk);
                 },
                 kChunk};
  });
}

Side refusal_side(const EntryCalls &calls, unsigned threads) {
  return side(calls.name, threads, [calls] { return Chunk{[calls] { refusal_loop(calls, kChunk); }, kChunk}; });
}

Side session_side(const SessionCalls &calls, unsigned threads) {
  return side(calls.name, threads, [calls] { return Chunk{[calls] { session_loop(calls, kChunk); }, kChunk}; });
}

Side session_refusal_side(const SessionCalls &calls, unsigned threads) {
  return side(calls.name, threads, [calls] {
    return Chunk{[calls] {
                   const tg_request request = request_of(1);
                   tg_verdict verdict = TG_INIT(tg_verdict);
                   tg_ticket ticket = 0;
                   for (unsigned i = 0; i < kChunk; ++i) calls.admit(calls.object, &request, &verdict, &ticket);
                 },
                 kChunk};
  });
}

Side held_side(const SessionCalls &calls, unsigned threads, unsigned held) {
  return side(calls.name, threads, [calls, held] {
    auto tickets = std::make_shared<std::vector<tg_ticket>>(held);
    return Chunk{[calls, tickets] {
                   const tg_request request = request_of(1);
                   tg_verdict verdict = TG_INIT(tg_verdict);
                   for (tg_ticket &ticket : *tickets) calls.admit(calls.object, &request, &verdict, &ticket);
                   for (const tg_ticket ticket : *tickets) calls.release(calls.object, ticket);
                 },
                 held};
  });
}

}  // namespace tidegate::bench
