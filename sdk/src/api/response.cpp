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
  if (const tg_result result = read_struct(verdict, refused); result != TG_OK)
    return fail(result, why_not("tg_verdict_response: the verdict", result).view());
  if (refused.code != TG_VERDICT_REFUSED) return fail(TG_E_INVALID, "tg_verdict_response: the verdict does not refuse");
  tg_response answer = TG_INIT(tg_response);
  if (!respond(refused, protocol, answer))
    return fail(TG_E_INVALID, "tg_verdict_response: the protocol is not one of TG_PROTOCOL_*");
  if (const tg_result result = write_struct(response, answer); result != TG_OK)
    return fail(result, why_not("tg_verdict_response: the response", result).view());
  return TG_OK;
}
