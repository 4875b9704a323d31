// A disk that does not answer: only the caller whose change must be durable waits for it, not the loop and not 25050.
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <string>
#include <thread>

#include "asleep.hpp"
#include "machine.hpp"
#include "pairs.hpp"
#include "partner.hpp"
#include "rows.hpp"
#include "server.hpp"
#include "spread.hpp"

namespace {

std::atomic<bool> held{false};
std::atomic<unsigned> waiting{0};  // calls of fdatasync() that are held

void hold() { held = true; }

void let_go() {
  held = false;
  held.notify_all();
}

}  // namespace

/// Stands before the C library's for everything in this process; waits while the disk is held.
extern "C" __attribute__((visibility("default"))) int fdatasync(int fd) {
  ++waiting;
  held.wait(true);
  --waiting;
  return static_cast<int>(syscall(SYS_fdatasync, fd));
}

namespace tidegate::bench {
namespace {

constexpr double kHeldFor = 5e9;  // ns

class StateDirectory {
 public:
  StateDirectory() {
    char path[] = "/tmp/tidegate-bench-XXXXXX";
    must(mkdtemp(path) == nullptr ? TG_E_SYSTEM : TG_OK, "mkdtemp");
    path_ = path;
  }
  ~StateDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string &path() const { return path_; }

 private:
  std::string path_;
};

tg_ticket admit(const SessionCalls &calls) {
  const tg_request request = request_of(1);
  tg_verdict verdict = TG_INIT(tg_verdict);
  tg_ticket ticket = 0;
  must(calls.admit(calls.object, &request, &verdict, &ticket), "tg_admit");
  return ticket;
}

bool is_paused(const Server &server) {
  tg_service_info info = TG_INIT(tg_service_info);
  must(library().service_info_get(server.service(), &info), "tg_service_info_get");
  return info.status == TG_STATUS_PAUSED;
}

/// Drains as an operator does, on a thread that gets its answer when the disk has answered.
class Operator {
 public:
  explicit Operator(const Server &server) : thread_([&server] { server.drain(); }) {}
  ~Operator() { thread_.join(); }
  Operator(const Operator &) = delete;
  Operator &operator=(const Operator &) = delete;

 private:
  std::thread thread_;
};

/// From the last release to 25050 at a thread that waits for it.
double drained(const Server &server, const Partner &waiter, bool disk_hangs) {
  const SessionCalls calls = server.sessions();
  const tg_ticket last = admit(calls);
  if (disk_hangs) hold();
  {
    const Operator drains(server);
    while (!is_paused(server) || (disk_hangs && waiting == 0)) std::this_thread::yield();
    waiter.go();
    wait_until_asleep({});
    const double released = wall_ns();
    calls.release(calls.object, last);
    waiter.wait();
    let_go();
    server.wait_until_drained();
    const double took = waiter.at() - released;
    if (took < 0) std::abort();
    return took;
  }
}

/// The longest turn of a polled host's loop, in ms, while the record of a drain waits for the disk. A turn is all of the loop
/// but its sleep: the last session leaves in the middle of it.
double longest_turn(const Server &server) {
  const SessionCalls calls = server.sessions();
  const tg_ticket last = admit(calls);
  hold();
  double longest = 0;
  {
    const Operator drains(server);
    const double began = wall_ns();
    bool left = false;
    for (double now = began; now < began + kHeldFor; now = wall_ns()) {
      pollfd watched{library().host_fd(server.host()), POLLIN, 0};
      must(poll(&watched, 1, 1) >= 0 || errno == EINTR ? TG_OK : TG_E_SYSTEM, "poll");
      const double woken = wall_ns();
      server.poll();
      if (!left && woken > began + kHeldFor / 2) {
        must(is_paused(server) && waiting != 0 ? TG_OK : TG_E_STATE, "a drain whose record waits for the disk");
        calls.release(calls.object, last);
        left = true;
      }
      longest = std::max(longest, wall_ns() - woken);
    }
    let_go();
  }
  return longest / 1e6;
}

}  // namespace

void slow_disk(const Run &run, Rows &rows) {
  const StateDirectory kept, of_the_polled;
  {
    Server::Options options;
    options.state_directory = kept.path();
    const Server server(library(), options);
    Partner waiter([&](double &at) {
      server.wait_until_drained();
      at = wall_ns();
    });
    const auto sample = [&](bool disk_hangs) {
      const double took = drained(server, waiter, disk_hangs);
      server.resume();
      return took;
    };
    std::vector<double> while_held, free;
    const Side ours = latency("release to 25050, fdatasync() held", while_held, [&] { return sample(true); });
    const Side theirs = latency("release to 25050, fdatasync() free", free, [&] { return sample(false); });
    rows.compare("D5", "slow disk", 1, ours, theirs, run.few_rounds());
    rows.figure("slow disk", "release to 25050, fdatasync() held, p99", 1, "ns", {quantile(while_held, 0.99)});
    rows.figure("slow disk", "release to 25050, fdatasync() held, longest", 1, "ns", {quantile(while_held, 1)});
  }
  Server::Options options;
  options.state_directory = of_the_polled.path();
  options.loop = TG_LOOP_POLL;
  const Server polled(library(), options);
  rows.value("D6", {longest_turn(polled)});
}

}  // namespace tidegate::bench
