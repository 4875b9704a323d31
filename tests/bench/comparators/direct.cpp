// The loops of a server that links libtidegate: the calls go through no table of its own, but through the linker's.
#include <cstdint>

#include "tidegate/tidegate.h"

extern "C" {

[[gnu::visibility("default")]] void direct_entry_loop(tg_service *service, std::uint64_t pairs) {
  for (; pairs != 0; --pairs) {
    tg_enter(service);
    tg_leave(service);
  }
}

[[gnu::visibility("default")]] void direct_session_loop(tg_service *service, const tg_request *request,
                                                        std::uint64_t pairs) {
  tg_verdict verdict = TG_INIT(tg_verdict);
  tg_ticket ticket = 0;
  for (; pairs != 0; --pairs) {
    tg_admit(service, request, &verdict, &ticket);
    tg_release(service, ticket);
  }
}

}  // extern "C"
