#include "server.hpp"

#include <cstdio>
#include <cstdlib>

namespace tidegate::bench {

void must(tg_result result, const char *call) {
  if (result >= 0) return;
  std::fprintf(stderr, "bench: %s failed: %d\n", call, result);
  std::exit(1);
}

Server::Server(const Tidegate &calls, const Options &options) : calls_(calls), loop_(options.loop) {
  tg_host_options host = TG_INIT(tg_host_options);
  host.name = TG_STR("bench");
  host.loop = options.loop;
  host.log_format = TG_FORMAT_OFF;
  host.session_capacity = options.capacity;
  host.state_directory = {options.state_directory.data(), options.state_directory.size()};
  must(calls.host_create(&host, &host_), "tg_host_create");
  tg_service_options service = TG_INIT(tg_service_options);
  service.name = TG_STR("S");
  service.max_sessions = options.max_sessions;
  service.ramp_ns = TG_OFF;
  must(calls.service_create(host_, &service, &service_), "tg_service_create");
  must(calls.service_start(service_, nullptr), "tg_service_start");
  wait_until_running();
}

EntryCalls Server::entries(const char *name) const {
  EntryCalls out{name};
  out.enter = calls_.enter;
  out.leave = calls_.leave;
  out.object = service_;
  return out;
}

SessionCalls Server::sessions(const char *name) const {
  return {name, calls_.admit, calls_.release, calls_.service_sessions, service_};
}

void Server::load(const std::string &path, const std::string &config) const {
  must(calls_.host_load_plugin(host_, {path.data(), path.size()}, {config.data(), config.size()}), "tg_host_load_plugin");
}

void Server::drain() const { must(calls_.service_drain(service_, nullptr), "tg_service_drain"); }

void Server::resume() const {
  must(calls_.service_resume(service_, nullptr), "tg_service_resume");
  wait_until_running();
}

void Server::wait_until_drained() const {
  must(calls_.service_wait(service_, TG_UNTIL_DRAINED, TG_FOREVER), "tg_service_wait");
}

void Server::poll() const { must(calls_.host_poll(host_), "tg_host_poll"); }

void Server::wait_until_running() const {
  if (loop_ == TG_LOOP_POLL) return poll();
  must(calls_.service_wait(service_, TG_UNTIL_RUNNING, TG_FOREVER), "tg_service_wait");
}

}  // namespace tidegate::bench
