#pragma once

#include <utility>

#include "tidegate/admission.h"
#include "tidegate/session.h"

namespace tidegate {

/// The ticket of an admitted session. The destructor releases it, which ends the session. Move-only. Threads: any, one at a time.
class Ticket {
 public:
  Ticket() = default;
  Ticket(tg_service *service, tg_ticket id) : service_(service), id_(id) {}
  Ticket(Ticket &&other) noexcept : service_(other.service_), id_(std::exchange(other.id_, 0)) {}
  Ticket &operator=(Ticket &&other) noexcept {
    if (this != &other) {
      release();
      service_ = other.service_;
      id_ = std::exchange(other.id_, 0);
    }
    return *this;
  }
  ~Ticket() { release(); }

  /// Ends the session now. Returns: TG_OK, also for an object without a ticket, such as after an earlier release(); else as tg_release().
  tg_result release() { return tg_release(service_, std::exchange(id_, 0)); }

  // Report that the session is active, that it is idle, or that its peer has acknowledged that it will go. Each returns as the function of
  // the C ABI; TG_OK for an object without a ticket.
  tg_result active() const { return tg_session_active(service_, id_); }
  tg_result idle() const { return tg_session_idle(service_, id_); }
  tg_result acknowledge() const { return tg_session_acknowledge(service_, id_); }

  explicit operator bool() const { return id_ != 0; }
  tg_ticket id() const { return id_; }

 private:
  tg_service *service_ = nullptr;
  tg_ticket id_ = 0;
};

/// Short work that enters the gate, and leaves it in the destructor. Converts to false when the gate refused it. Move-only.
class Entry {
 public:
  explicit Entry(tg_service *service) : service_(tg_enter(service) > 0 ? service : nullptr) {}
  Entry(tg_service *service, tg_ticket parent) : service_(tg_enter_child(service, parent) > 0 ? service : nullptr) {}
  Entry(Entry &&other) noexcept : service_(std::exchange(other.service_, nullptr)) {}
  Entry &operator=(Entry &&) = delete;
  ~Entry() {
    if (service_ != nullptr) tg_leave(service_);
  }

  explicit operator bool() const { return service_ != nullptr; }

 private:
  tg_service *service_;
};

}  // namespace tidegate
