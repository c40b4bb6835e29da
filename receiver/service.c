/* SPDX-License-Identifier: MIT
 *
 * What all requests of a receiver leave behind besides deliveries: counts, what is remembered of
 * addresses, and the quarantine.
 */
#include "receiver/exchange.h"

bool service_open(struct service *service, struct fail *fail)
{
    const struct config *config = service->config;
    service->peers = peers_new();
    service->metrics = config->has_admin ? metrics_new() : NULL;
    if (service->peers == NULL || (config->has_admin && service->metrics == NULL)) {
        return fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    service_count_endpoints(service);
    if (config->quarantine.path == NULL) {
        return true;
    }
    service->quarantine = quarantine_open(&config->quarantine, service->log, fail);
    return service->quarantine != NULL;
}

void service_count_endpoints(struct service *service)
{
    const struct config *config = service->config;
    for (size_t i = 0; service->metrics != NULL && i < config->endpoint_count; i++) {
        metrics_endpoint(service->metrics, config->endpoints[i].name);
    }
}

void service_close(struct service *service)
{
    quarantine_close(service->quarantine);
    peers_free(service->peers);
    metrics_free(service->metrics);
}
