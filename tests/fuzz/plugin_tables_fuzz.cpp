// What a plugin may hand over: pairs that are none, sizes that no compiler gives, answers, figures and texts of any bytes (P2, P11).
// The input is a list of calls. Whatever comes, nothing crashes, and every text that comes out is plain.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "../fixtures/wild.h"
#include "tidegate/host.hpp"
#include "tidegate/plugin.h"
#include "tidegate/tidegate.h"

namespace {

using tidegate::str;
using tidegate::view;

void require(bool so, const char *what) {
  if (so) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

void require_plain(tg_str text, const char *what) {
  for (const char *part : {"\r", "\n", "\x1b", "\xc2\x9b", "\xe2\x80\xae", "\xe2\x80\xa8"})
    require(view(text).find(part) == std::string_view::npos, what);
}

class Input {
 public:
  Input(const std::uint8_t *data, std::size_t size) : at_(data), end_(data + size) {}
  bool more() const { return at_ != end_; }
  std::uint8_t byte() { return more() ? *at_++ : 0; }
  std::uint32_t word() {
    std::uint32_t out = 0;
    for (int i = 0; i < 4; ++i) out = out << 8 | byte();
    return out;
  }
  /// A text in memory of its own, so that a read beyond its end is noticed; or a pair that is none.
  tg_str text(std::vector<std::unique_ptr<char[]>> &kept) {
    const std::uint8_t kind = byte();
    if (kind == 0) return {nullptr, std::uint64_t{word()} << byte() % 33};
    const std::size_t size = std::min<std::size_t>(kind, static_cast<std::size_t>(end_ - at_));
    kept.push_back(std::make_unique<char[]>(size));
    std::copy_n(at_, size, kept.back().get());
    at_ += size;
    return {kept.back().get(), kind == 255 ? std::uint64_t{1} << 40 : size};
  }

 private:
  const std::uint8_t *at_, *end_;
};

/// A host with a plugin that does what the input says.
class Fixture {
 public:
  Fixture() : host_(options()) {
    tg_service_options about = TG_INIT(tg_service_options);
    about.name = TG_STR("S");
    service_ = host_.add_service(about);
    service_.start();
    host_.poll();
    require(load() == TG_OK, "the plugin can be loaded");
  }

  void feed(Input input) {
    kept_.clear();
    while (input.more()) {
      switch (input.byte() % 10) {
        case 0: wild_.host->log(wild_.host->context, input.byte(), input.text(kept_)); break;
        case 1: wild_.host->fail(wild_.host->context, input.text(kept_)); break;
        case 2: {
          const tg_str service = input.text(kept_);
          wild_.host->emit(wild_.host->context, input.byte(), service, input.text(kept_));
          break;
        }
        case 3: wild_.host->complete(wild_.host->context, input.word(), static_cast<tg_result>(input.word()), input.text(kept_)); break;
        case 4: {
          char buffer[64];
          wild_.host->describe(wild_.host->context, input.text(kept_), 1, 1, buffer, sizeof buffer);
          wild_.host->extension(wild_.host->context, input.text(kept_));
          break;
        }
        case 5: wild_.host->admission->fault(wild_.host->admission->context, input.text(kept_)); break;
        case 6: format(input); break;
        case 7: refuse(input); break;
        case 8: figures(input); break;
        default: reload(input); break;
      }
    }
    host_.poll();
    check_events();
  }

 private:
  static tg_host_options options() {
    tg_host_options options = TG_INIT(tg_host_options);
    options.name = TG_STR("fuzz");
    options.loop = TG_LOOP_POLL;
    options.log_format = TG_FORMAT_OFF;
    return options;
  }
  tg_result load() {
    const std::string config = "{\"at\":" + std::to_string(reinterpret_cast<std::uintptr_t>(&wild_)) + "}";
    const std::string path = FIXTURES "/wild.so";
    tg_plugin_options given = TG_INIT(tg_plugin_options);
    given.path = str(path);
    given.config = str(config);
    given.faults = UINT32_MAX;  // it is never taken out
    return tg_plugin_load(host_.handle(), &given);
  }

  void format(Input &input) {
    alignas(8) unsigned char bytes[sizeof(tg_event)] = {};
    tg_event event = TG_PLUGIN_INIT(tg_event);
    event.number = input.word();
    event.text = input.text(kept_);
    event.actor = input.text(kept_);
    event.struct_size = input.byte() % 2 == 0 ? static_cast<std::uint32_t>(sizeof event) : input.word() % 256;
    std::memcpy(bytes, &event, std::min<std::size_t>(event.struct_size < 8 ? 8 : event.struct_size, sizeof bytes));
    char buffer[128];
    wild_.host->event_format(reinterpret_cast<const tg_event *>(bytes), input.byte() % 4, buffer, sizeof buffer);
  }
  void refuse(Input &input) {
    wild_.text = input.text(kept_);
    wild_.redirect = input.text(kept_);
    tg_request request = TG_INIT(tg_request);
    request.tag = 1;
    tg_verdict verdict = TG_INIT(tg_verdict);
    tg_ticket ticket = 0;
    tg_admit(service_.handle(), &request, &verdict, &ticket);
    require(ticket == 0, "a refusal is one");
    require_plain(verdict.text, "the text of a refusal is plain");
    require_plain(verdict.redirect, "a redirect is plain");
    require(view(verdict.redirect).find_first_of(" <>\"\t") == std::string_view::npos, "a redirect is a URI");
    wild_.text = wild_.redirect = {};
  }
  void figures(Input &input) {
    tg_metric metric = TG_PLUGIN_INIT(tg_metric);
    metric.name = TG_STR("depth");
    metric.unit = input.text(kept_);
    metric.help = input.text(kept_);
    metric.struct_size = input.byte() % 2 == 0 ? static_cast<std::uint32_t>(sizeof metric) : input.word() % 100;
    if (metric.struct_size < sizeof metric) metric.help = {};  // what lies behind its end is not its
    metrics_[0] = metric;
    wild_.metrics = metrics_;
    __atomic_store_n(&wild_.metric_count, 1, __ATOMIC_SEQ_CST);
    tg_plugin_unload(host_.handle(), TG_STR("com.example.wild"));  // a plugin that comes is asked at once, else once a second
    require(load() == TG_OK, "the plugin can be loaded again");
    tg_host_metrics(
        host_.handle(),
        [](void *, const tg_metric_info *info) {
          require_plain(info->unit, "the unit of a figure is plain");
          require_plain(info->help, "the help of a figure is plain");
        },
        nullptr);
    // On a busy machine the plugin's thread may be late: the texts must live until it has read them.
    __atomic_store_n(&wild_.metric_count, 0, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&wild_.collecting, __ATOMIC_SEQ_CST) != 0) std::this_thread::yield();
  }
  /// With a table of any size.
  void reload(Input &input) {
    policy_ = TG_PLUGIN_INIT(tg_admission_policy);
    policy_.struct_size = input.word() >> (input.byte() % 32);
    policy_.ask = [](void *, const tg_admission_query *, tg_admission_answer *) {};
    wild_.policy = input.byte() % 4 == 0 ? reinterpret_cast<const char *>(&policy_) + 4 : reinterpret_cast<const char *>(&policy_);
    tg_plugin_unload(host_.handle(), TG_STR("com.example.wild"));
    if (load() != TG_OK) require(view(tg_last_error()).size() > 10, "a table that is refused has a sentence");
    wild_.policy = nullptr;
    tg_plugin_unload(host_.handle(), TG_STR("com.example.wild"));
    require(load() == TG_OK, "the plugin can be loaded again");
  }
  void check_events() {
    host_.events(seen_, [&](const tg_event &event) {
      seen_ = event.sequence;
      for (const tg_str text : {event.text, event.service, event.actor, event.reason}) require_plain(text, "the text of an event is plain");
    });
  }

  wild wild_{};
  tg_metric metrics_[1]{};
  tg_admission_policy policy_{};
  std::vector<std::unique_ptr<char[]>> kept_;
  std::uint64_t seen_ = 0;
  tidegate::Host host_;
  tidegate::Service service_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  static Fixture fixture;
  fixture.feed(Input(data, size));
  return 0;
}
