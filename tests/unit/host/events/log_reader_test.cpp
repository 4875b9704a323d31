// FINDINGS L10: a log whose reader has stopped delays nobody, and the surroundings of a process do not reach the library.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <vector>
#include <string>
#include <thread>

#include "../child_process.hpp"
#include "os/fault.hpp"
#include "host/host.hpp"
#include "../scratch.hpp"

namespace tidegate::sdk {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

/// A pipe that is full, and that somebody may read from later.
class FullPipe {
 public:
  FullPipe() {
    EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0);
    fcntl(ends_[1], F_SETFL, O_NONBLOCK);
    const std::string much(4096, 'x');
    while (::write(ends_[1], much.data(), much.size()) > 0) {
    }
  }
  ~FullPipe() {
    close(ends_[0]);
    close(ends_[1]);
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(ends_[1]); }
  /// Reads until the text has come, for ten seconds at the most.
  bool comes(const std::string &text) {
    std::string all;
    fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    for (const auto end = Steady::now() + 10s; Steady::now() < end;) {
      char bytes[4096];
      const ssize_t got = read(ends_[0], bytes, sizeof bytes);
      if (got > 0) all.append(bytes, static_cast<std::size_t>(got));
      if (all.find(text) != std::string::npos) return true;
      if (got <= 0) std::this_thread::yield();
    }
    return false;
  }

 private:
  int ends_[2]{};
};

Host::Options options(const std::string &log_path) {
  Host::Options out;
  out.name = "log";
  out.log_path = log_path;
  out.session_capacity = 64;
  return out;
}

Event wait_for(Host &host, std::uint32_t number) {
  Event event;
  for (std::uint64_t seen = 0; seen < 100'000;) {
    if (host.events().next(seen, event)) {
      seen = event.sequence;
      if (event.number == number) return event;
    } else if (!host.events().wait(seen, 20 * kSecond)) {
      break;
    }
  }
  ADD_FAILURE() << number << " did not come";
  return {};
}

TEST(LogReader, ThatHasStopped_DelaysNoStopNoLineAndNoEnd_AndWhatIsLostIsSaid) {
  FullPipe pipe;
  Log alone(TG_FORMAT_TEXT, pipe.path());
  const auto began = Steady::now();
  for (std::size_t i = 0; i < 10 * Log::kQueued; ++i) alone.write(TG_SEVERITY_INFO, "org.example", "a line of a plugin");
  EXPECT_LT(Steady::now() - began, 2s) << "no line waits for the reader";

  auto *host = new Host(options(pipe.path()));
  Service::Options about;
  about.name = "S";
  about.callbacks = TG_INIT(tg_service_options);
  Service &service = host->add_service(about);
  host->start({}, {});
  service.stop_now({});
  EXPECT_EQ(service.info().status, TG_STATUS_STOPPED);
  const auto ends = Steady::now();
  host->close();
  EXPECT_TRUE(host->end()) << "the reader is given up, and nothing is kept for it";
  EXPECT_LT(Steady::now() - ends, 5s);
  EXPECT_GT(wait_for(*host, TG_EVENT_LOG_LOST).count, 0u);
  delete host;
}

TEST(LogReader, ThatComesBack_ReadsWhatWasKept) {
  FullPipe pipe;
  Host host(options(pipe.path()));
  Service::Options about;
  about.name = "LATE";
  about.callbacks = TG_INIT(tg_service_options);
  host.add_service(about);
  host.start({}, {});
  EXPECT_TRUE(pipe.comes("25101 LATE running"));
  host.close();
  EXPECT_TRUE(host.end());
}

std::vector<int> open_descriptors() {
  std::vector<int> open;
  for (int fd = 0; fd < 256; ++fd)
    if (fcntl(fd, F_GETFD) >= 0) open.push_back(fd);
  return open;
}

TEST(Surroundings, StandardDescriptorsThatAreClosed_AreNotTakenByTheLibrary_AndItsOwnCloseOnExec) {
  const Scratch scratch;
  EXPECT_TRUE(in_child([&] {
    const int report = dup(2);
    for (const int fd : {0, 1, 2}) close(fd);
    const std::vector<int> before = open_descriptors();
    Host::Options about = options(scratch.path() + "/log");
    about.state_directory = scratch.state();
    Host host(about);
    Service::Options of_service;
    of_service.name = "S";
    of_service.callbacks = TG_INIT(tg_service_options);
    Service &service = host.add_service(of_service);
    host.subscribe(0, [](const Event &) {});
    host.start({}, {});
    bool fine = service.info().status == TG_STATUS_RUNNING;
    for (const int fd : open_descriptors()) {
      if (std::ranges::count(before, fd) != 0) continue;
      const bool good = fd > 2 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
      if (!good) dprintf(report, "descriptor %d\n", fd);
      fine = fine && good;
    }
    _exit(fine ? 0 : 1);
  }));
}

TEST(Surroundings, LockOfTheStateDirectory_IsNotInheritedByChildren) {
  const Scratch scratch;
  Host::Options about = options("");
  about.log_format = TG_FORMAT_OFF;
  about.state_directory = scratch.state();
  int hold[2];
  ASSERT_EQ(pipe(hold), 0);
  const pid_t server = fork();
  if (server == 0) {
    Host host(about);
    if (fork() == 0) {  // a child of the server, which outlives it
      close(hold[1]);
      char byte;
      [[maybe_unused]] const auto nothing = read(hold[0], &byte, 1);
      _exit(0);
    }
    _exit(0);  // the server crashes
  }
  int status = 0;
  waitpid(server, &status, 0);
  Host next(about);
  EXPECT_THROW(Host{about}, Fault) << "two hosts of one process cannot have it either";
  close(hold[0]);
  close(hold[1]);
  next.close();
  next.end();
}

TEST(Surroundings, StateDirectoryThatTheGroupMayWrite_IsPutRight) {
  const Scratch scratch;
  Host::Options about = options("");
  about.log_format = TG_FORMAT_OFF;
  about.state_directory = scratch.state();
  for (const mode_t mode : {0770, 02775, 0720}) {
    mkdir(scratch.state().c_str(), 0700);
    chmod(scratch.state().c_str(), mode);
    Host host(about);
    struct stat info {};
    stat(scratch.state().c_str(), &info);
    EXPECT_EQ(info.st_mode & 022, 0u) << mode;
    host.close();
    host.end();
  }
}

}  // namespace
}  // namespace tidegate::sdk
