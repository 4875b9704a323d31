#pragma once

#include <utility>

#include "tidegate/admission.h"
#include "tidegate/session.h"

namespace tidegate {

/// A session's right to exist; gives it back at its end. Move-only. Threads: one at a time, any.
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

  /// Ends the session now. Returns: TG_OK, also when it has ended before.
  tg_result release() { return tg_release(service_, std::exchange(id_, 0)); }

  /// Something goes on in the session; nothing does; its peer has said that it will go. Returns: TG_OK or TG_E_STALE.
  tg_result active() const { return tg_session_active(service_, id_); }
  tg_result idle() const { return tg_session_idle(service_, id_); }
  tg_result acknowledge() const { return tg_session_acknowledge(service_, id_); }

  explicit operator bool() const { return id_ != 0; }
  tg_ticket id() const { return id_; }

 private:
  tg_service *service_ = nullptr;
  tg_ticket id_ = 0;
};

/// Short work inside the gate; leaves it at its end. Converts to false when it was refused. Move-only.
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
