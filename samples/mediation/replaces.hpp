#pragma once

#include "re_headers.hpp"

/// The Replaces header of an INVITE (RFC 3891): the dialog that the new call takes the place of.
struct Replaces {
  sip_msg dialog{};         ///< only what sip_dialog_cmp() compares; points into the INVITE
  bool early_only = false;  ///< not when the dialog has been answered
  std::uint16_t code = 0;   ///< what to answer when the header cannot be followed, and 0 when it can
  const char *phrase = nullptr;
};

/// Reads it. Returns: false when the INVITE has none.
inline bool read_replaces(const sip_msg &msg, Replaces &out) {
  const std::uint32_t count = sip_msg_hdr_count(&msg, SIP_HDR_REPLACES);
  if (count == 0) return false;
  const pl &value = sip_msg_hdr(&msg, SIP_HDR_REPLACES)->val;
  pl end{}, call_id = value;
  if (const char *semicolon = pl_strchr(&value, ';')) call_id.l = static_cast<std::size_t>(semicolon - value.p);
  while (call_id.l > 0 && (call_id.p[call_id.l - 1] == ' ' || call_id.p[call_id.l - 1] == '\t')) --call_id.l;
  out.dialog.req = true;  // as a request of the peer's would name the dialog
  out.dialog.callid = call_id;
  const bool whole = call_id.l > 0 && msg_param_decode(&value, "from-tag", &out.dialog.from.tag) == 0 &&
                     msg_param_decode(&value, "to-tag", &out.dialog.to.tag) == 0;
  out.early_only = msg_param_exists(&value, "early-only", &end) == 0;
  if (count > 1 || !whole) {
    out.code = 400;
    out.phrase = count > 1 ? "Several Replaces Headers" : "Replaces Names No Dialog";
  }
  return true;
}
