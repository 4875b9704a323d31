#include <algorithm>

#include "os/fault.hpp"
#include "host/host.hpp"
#include "service/together.hpp"

// Changes of several services: a change is tried for all services first, and then carried out for all.
namespace tidegate::sdk {

using machine::Happening;
using machine::Input;
using machine::Place;
using machine::Step;

namespace {

bool is_down(const Service &service) {
  const Place place = service.place();
  return place == Place::stopped || place == Place::unstarted;
}

bool is_starting(const Service &service) {
  const Place place = service.place();
  return place == Place::waiting || place == Place::starting;
}

/// Tries the inputs. Throws Fault for the first service that would refuse its input.
void check_all(const std::vector<Service *> &services, const std::vector<Input> &inputs, Nanos now) {
  for (std::size_t i = 0; i < services.size(); ++i) {
    const Step step = services[i]->try_out(inputs[i], now);
    if (step.result < 0) services[i]->refuse(step, inputs[i].what);
  }
}

/// Moves counting of all services from the cells to the word. Throws Fault, with nothing changed, when one service cannot.
void slow_down_all(const std::vector<Service *> &services) {
  try {
    for (Service *service : services) service->slow_down();
  } catch (const Fault &) {
    for (Service *service : services) service->speed_up();
    throw;
  }
}

tg_result ask_all(const std::vector<Service *> &services, const std::vector<Input> &inputs, Nanos now) {
  tg_result worst = TG_OK;
  for (std::size_t i = 0; i < services.size(); ++i) worst = std::max(worst, services[i]->ask(inputs[i], now));
  return worst;
}

}  // namespace

/// Returns the selected services, in the order of creation. Throws Fault for a name without a service.
std::vector<Service *> Host::chosen(const Selection &selection) const {
  const auto find = [this](const std::string &name) { return &const_cast<Host *>(this)->service(name); };
  std::vector<Service *> except, out;
  for (const std::string &name : selection.except) except.push_back(find(name));
  std::vector<Service *> named;
  for (const std::string &name : selection.names) named.push_back(find(name));
  for (Service *service : services()) {
    const bool wanted = named.empty() || std::ranges::find(named, service) != named.end();
    if (wanted && std::ranges::find(except, service) == except.end()) out.push_back(service);
  }
  return out;
}

std::vector<Service *> Host::needed_first(std::vector<Service *> services) const {
  std::vector<std::size_t> rank(shared_.standings.size());
  const std::vector<std::size_t> order = shared_.graph.order(shared_.standings.size());
  for (std::size_t i = 0; i < order.size(); ++i) rank[order[i]] = i;
  std::ranges::sort(services, {}, [&](const Service *service) { return rank[service->index()]; });
  return services;
}

/// Orders the services so that a service comes before the services that it needs.
std::vector<Service *> Host::needed_last(std::vector<Service *> services) const {
  services = needed_first(std::move(services));
  std::ranges::reverse(services);
  return services;
}

/// Under the control lock. Returns: the position of the last record that changed the holds of these services: an answer waits for that record,
/// and not for records of other services.
Journal::Position Host::last_kept(const std::vector<Service *> &services) {
  Journal::Position last = 0;
  for (const Service *service : services) last = std::max(last, service->kept_at());
  return last;
}

tg_result Host::drain(const Selection &selection, const DrainOptions &options, const Action &action) {
  const std::vector<Service *> all = chosen(selection);
  return shared_.durably([&](Journal::Position &written) {
    const tg_result result = drain_all(all, options, action);
    written = last_kept(all);
    return result;
  });
}

/// Drains the services, in one step under the control lock. Throws Fault with nothing changed.
tg_result Host::drain_all(const std::vector<Service *> &all, const DrainOptions &options, const Action &action) {
  std::vector<Service *> services = needed_last(all);
  // Stopped services have nothing to drain; a service that failed to start can still be stopped.
  std::erase_if(services, [&](const Service *service) {
    const bool is_to_stop = service->place() == Place::unstarted && options.intent == TG_INTENT_STOP;
    return is_down(*service) && !is_to_stop;
  });
  shared_.redirects.keep(options.redirect);
  std::vector<Input> inputs;
  inputs.reserve(services.size());
  for (Service *service : services) inputs.push_back(service->drain_input(options, action));
  const bool to_stop = options.intent != TG_INTENT_STAY || options.at_deadline == TG_DEADLINE_STOP;
  const Together together(shared_.stopping, to_stop ? services : std::vector<Service *>());
  const Nanos now = shared_.clock.monotonic();
  check_all(services, inputs, now);
  slow_down_all(services);
  for (Service *service : services) service->redirect_for(options);
  // All gates are shut before any service is waited for.
  for (std::size_t i = 0; i < services.size(); ++i)
    if (!inputs[i].drain.announce && machine::is_ready(services[i]->place())) services[i]->shut_ahead(inputs[i].drain);
  // All services are marked as stopping before the first has stopped: a service that restarts at once waits for the services that it needs.
  for (Service *service : services)
    if (options.intent != TG_INTENT_STAY) shared_.standings[service->index()].intent = options.intent;
  return ask_all(services, inputs, now);
}

tg_result Host::resume(const Selection &selection, const Service::Resume &how, const Action &action) {
  const std::vector<Service *> all = chosen(selection);
  return shared_.durably([&](Journal::Position &written) {
    std::vector<Service *> services = needed_first(all);
    Input input{Happening::resume, action};
    input.all_holds = how.all_holds;
    input.no_ramp = how.no_ramp;
    // Stopped and starting services have nothing to resume, unless they have a hold.
    std::erase_if(services, [](const Service *service) {
      return (is_down(*service) || is_starting(*service)) && !service->is_held();
    });
    const std::vector<Input> inputs(services.size(), input);
    const Nanos now = shared_.clock.monotonic();
    check_all(services, inputs, now);
    const tg_result result = ask_all(services, inputs, now);
    written = last_kept(all);
    return result;
  });
}

tg_result Host::start(const Selection &selection, const Action &action) {
  const std::vector<Service *> all = chosen(selection);
  return shared_.durably([&](Journal::Position &written) {
    const std::vector<Service *> services = needed_first(all);
    const std::vector<Input> inputs(services.size(), Input{Happening::start, action});
    const Together together(shared_.starting, services);
    const Nanos now = shared_.clock.monotonic();
    check_all(services, inputs, now);
    const tg_result result = ask_all(services, inputs, now);
    written = last_kept(all);
    return result;
  });
}

}  // namespace tidegate::sdk
