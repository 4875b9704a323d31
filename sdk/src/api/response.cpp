#include "tidegate/response.h"

#include "api/error.hpp"
#include "api/structs.hpp"
#include "core/response.hpp"

using namespace tidegate::sdk;
using namespace tidegate::sdk::api;

tg_result tg_verdict_response(const tg_verdict *verdict, uint32_t protocol, tg_response *response) {
  if (verdict == nullptr || response == nullptr)
    return fail(TG_E_INVALID, "tg_verdict_response: verdict or response is NULL");
  tg_verdict refused = TG_INIT(tg_verdict);
  if (const tg_result result = read_struct(verdict, refused); result == TG_E_TOO_NEW)
    return fail(result, "tg_verdict_response: a part of the verdict that only a later version knows is not zero");
  else if (result != TG_OK)
    return fail(result, "tg_verdict_response: the verdict has no struct_size; make it with TG_INIT");
  if (refused.code != TG_VERDICT_REFUSED) return fail(TG_E_INVALID, "tg_verdict_response: the verdict does not refuse");
  tg_response answer = TG_INIT(tg_response);
  if (!respond(refused, protocol, answer))
    return fail(TG_E_INVALID, "tg_verdict_response: the protocol is not one of TG_PROTOCOL_*");
  if (!write_struct(response, answer))
    return fail(TG_E_INVALID, "tg_verdict_response: the response has no struct_size; make it with TG_INIT");
  return TG_OK;
}
