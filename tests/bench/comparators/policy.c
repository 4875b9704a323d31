/* A policy that does nothing: it abstains, says yes and is told of the end, or says that it has failed. */
#include <string.h>
#include <tidegate/plugin_entry.h>
#include <tidegate/ext/admission.h>

static const uint32_t abstain = TG_VERDICT_ABSTAIN, yes = TG_VERDICT_ADMITTED, fault = 4711;

static tg_result create(const tg_plugin_host *host, tg_str config, void **instance) {
  (void)host;
  *instance = (void *)(memchr(config.ptr, 'y', config.len) != NULL   ? &yes
                       : memchr(config.ptr, 'f', config.len) != NULL ? &fault
                                                                     : &abstain);
  return TG_OK;
}
static void ask(void *instance, const tg_admission_query *query, tg_admission_answer *answer) {
  (void)query;
  answer->verdict = *(const uint32_t *)instance;
}
static void told(void *instance, const tg_admission_query *query) {
  (void)instance;
  (void)query;
}

static void adopt(void *instance, const tg_admission_query *query, tg_admission_answer *answer) { ask(instance, query, answer); }

static const tg_admission_policy policy = {
    .struct_size = sizeof policy, .abi = TG_PLUGIN_ABI, .ask = ask, .cancelled = told, .released = told, .adopt = adopt};

static const void *extension(void *instance, tg_str role) {
  (void)instance;
  return role.len == sizeof(TG_ROLE_ADMISSION) - 1 ? &policy : NULL;
}

TG_PLUGIN_WITH(TG_NOTE_MAY_UNMAP, "org.tidegate.bench.policy", "1", TG_ABI(0, 9), TG_ROLE_ADMISSION, create, extension, NULL, NULL, NULL);
