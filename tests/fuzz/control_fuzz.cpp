// What a client of the control socket may send: any bytes, in any pieces. The first byte says in what pieces they come.
// Each request is answered with one line, which is a JSON object that says ok, or no with a number and a text; after every
// input the host still answers.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "control/connection.hpp"
#include "control/jobs.hpp"
#include "control/requests.hpp"
#include "tidegate/host.hpp"

namespace {

using tidegate::Host;
using tidegate::Service;
using tidegate::control::Connection;
using tidegate::control::Jobs;
using tidegate::control::Requests;
using Json = nlohmann::ordered_json;

void require(bool so, const char *what) {
  if (so) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

/// A host that this thread turns, with two services, one of which has a session.
class Fixture {
 public:
  Fixture() : host_(options()), requests_(host_.handle(), jobs_) {
    for (const char *name : {"A", "B"}) {
      tg_service_options options = TG_INIT(tg_service_options);
      options.name = tidegate::str(name);
      host_.add_service(options).start();
    }
    host_.poll();
  }

  /// Sends the input and takes the answers.
  void feed(std::string_view input) {
    const std::size_t piece = input.empty() ? 1 : static_cast<unsigned char>(input[0]) + 1u;
    if (!input.empty()) input.remove_prefix(1);
    std::array<int, 2> ends{};
    require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0, "a pair of sockets");
    {
      Connection connection(tidegate::os::Descriptor{ends[0]}, {0, 1}, requests_);
      while (!input.empty() && !connection.over()) {
        const ssize_t sent = send(ends[1], input.data(), std::min(piece, input.size()), MSG_NOSIGNAL);
        if (sent > 0) input.remove_prefix(static_cast<std::size_t>(sent));
        turn(connection, ends[1]);
      }
      shutdown(ends[1], SHUT_WR);
      for (int i = 0; i < 64 && !connection.over(); ++i) turn(connection, ends[1]);
    }
    close(ends[1]);
    check_answers();
  }

  /// Whether the host still does what it is asked for.
  void check() {
    feed("\xff{\"verb\":\"services\"}\n");
    require(answered_ == 1, "a host that still answers");
  }

 private:
  static tg_host_options options() {
    tg_host_options out = TG_INIT(tg_host_options);
    out.name = tidegate::str("fuzz");
    out.loop = TG_LOOP_POLL;
    out.log_path = tidegate::str("/dev/null");
    return out;
  }

  void turn(Connection &connection, int client) {
    if ((connection.interest() & 1) != 0) connection.readable();
    connection.advance();
    host_.poll();
    // What is held is looked at when its time is over: nothing is waited for.
    connection.recheck(connection.deadline() == TG_FOREVER ? tidegate::control::monotonic_now() : connection.deadline());
    std::array<char, 65536> chunk;
    for (ssize_t size; (size = recv(client, chunk.data(), chunk.size(), 0)) > 0;)
      out_.append(chunk.data(), static_cast<std::size_t>(size));
  }

  void check_answers() {
    answered_ = 0;
    require(out_.empty() || out_.back() == '\n', "answers that are whole lines");
    for (std::size_t end; (end = out_.find('\n')) != std::string::npos; out_.erase(0, end + 1)) {
      const Json answer = Json::parse(out_.substr(0, end), nullptr, false);
      require(answer.is_object() && answer.contains("ok") && answer["ok"].is_boolean(),
              "an answer that says whether it is ok");
      ++answered_;
      if (answer["ok"].get<bool>()) continue;
      const Json &error = answer.at("error");
      require(error.at("number").get<int>() < 0 && !error.at("text").get<std::string>().empty(),
              "a reason with its number");
      for (const char *foreign : {"json.exception", "basic_string", "std::", "filesystem"})
        require(error.at("text").get<std::string>().find(foreign) == std::string::npos, "a sentence of our own");
    }
  }

  Host host_;
  Jobs jobs_{[] {}};
  Requests requests_;
  std::string out_;
  int answered_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  Fixture fixture;
  fixture.feed({reinterpret_cast<const char *>(data), size});
  fixture.check();
  return 0;
}
