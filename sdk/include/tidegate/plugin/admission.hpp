#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "tidegate/ext/admission.h"
#include "tidegate/text.hpp"

namespace tidegate::plugin {

/// A text that stays valid as long as the host: a literal, or a text for which the plugin's author promises that.
class LastingText {
 public:
  template <std::size_t Size>
  consteval LastingText(const char (&literal)[Size])
      : text_{literal, Size - 1} {}  // NOLINT(google-explicit-constructor)

  static constexpr LastingText vouched(std::string_view text) { return LastingText(str(text)); }

  constexpr tg_str text() const { return text_; }

 private:
  explicit constexpr LastingText(tg_str text) : text_(text) {}

  tg_str text_;
};

/// A session as a policy sees it in each of its calls. Borrowed for the call.
class Query {
 public:
  explicit Query(const tg_admission_query &query) : query_(query) {}

  std::uint32_t kind() const { return query_.kind; }
  bool is_child() const { return query_.kind == TG_KIND_CHILD; }
  std::uint32_t session_class() const { return query_.session_class; }
  /// The server's own number for the session.
  std::uint64_t tag() const { return query_.tag; }
  const tg_address &peer() const { return query_.peer; }
  /// Returns the service's name, which stays valid as long as the host.
  std::string_view service() const { return view(query_.service); }
  std::uint64_t key() const { return query_.key; }
  /// Returns the cookie of the policy's answer in cancelled and released; 0 in the other calls.
  std::uint64_t cookie() const { return query_.cookie; }
  const tg_admission_query &raw() const { return query_; }

 private:
  const tg_admission_query &query_;
};

/// The answer of a policy; it abstains until admit() or refuse() is called. Borrowed for the call.
class Answer {
 public:
  explicit Answer(tg_admission_answer &answer) : answer_(answer) {}

  /// Admits. The cookie comes back in cancelled and released if the class has `static constexpr bool cookies = true`.
  void admit(std::uint64_t cookie = 0) {
    answer_.verdict = TG_VERDICT_ADMITTED;
    answer_.cookie = cookie;
  }

  /// Refuses, with a sentence for the peer.
  Answer &refuse(LastingText why) {
    answer_.verdict = TG_VERDICT_REFUSED;
    answer_.text = why.text();
    return *this;
  }
  Answer &retry_after(std::chrono::nanoseconds delay) {
    answer_.retry_after_ns = delay.count() < 0 ? 0 : static_cast<std::uint64_t>(delay.count());
    return *this;
  }
  Answer &redirect(LastingText where) {
    answer_.redirect = where.text();
    return *this;
  }

  void abstain() {
    answer_.verdict = TG_VERDICT_ABSTAIN;
    answer_.retry_after_ns = 0;
    answer_.text = answer_.redirect = {};
    answer_.cookie = 0;
  }

  tg_admission_answer &raw() { return answer_; }

 private:
  tg_admission_answer &answer_;
};

}  // namespace tidegate::plugin
