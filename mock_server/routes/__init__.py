"""The one table of endpoints, and the only place where a path is written.

Names are the API's operationId where it publishes one, else made in the same style. Ages are (max-age,
stale-while-revalidate) in seconds (contract §5-7).
"""

from __future__ import annotations

from mock_server import proxy
from mock_server.routes import (
    account,
    deployments,
    explorer,
    leases,
    network,
    providers,
    screening,
    settings,
    templates,
    wallet,
)
from mock_server.routes.table import Route, Routes

ROUTES = Routes(
    (
        Route("createDeployment", "POST", "/v1/deployments", deployments.create),
        Route("listDeployments", "GET", "/v1/deployments", deployments.list_active),
        Route("getDeployment", "GET", "/v1/deployments/{dseq}", deployments.get),
        Route("updateDeployment", "PUT", "/v1/deployments/{dseq}", deployments.update),
        Route("closeDeployment", "DELETE", "/v1/deployments/{dseq}", deployments.close),
        Route("depositDeployment", "POST", "/v1/deposit-deployment", deployments.deposit),
        Route(
            "depositDeploymentGuide",
            "POST",
            "/v1/deployments/deposit/{dseq}",
            deployments.deposit_guide,
            dialect="guide",
        ),
        Route("listBids", "GET", "/v1/bids", leases.list_bids),
        Route("listDeploymentBids", "GET", "/v1/bids/{dseq}", leases.list_bids),
        Route("createLease", "POST", "/v1/leases", leases.create_leases),
        Route("createCertificate", "POST", "/v1/certificates", leases.create_certificate, body=False),
        Route("listProviders", "GET", "/v1/providers", providers.list_providers, age=(60, 120)),
        Route("getProvider", "GET", "/v1/providers/{address}", providers.get_provider, age=(60, 120)),
        Route(
            "getProviderLeasesGraph",
            "GET",
            "/v1/providers/{providerAddress}/active-leases-graph-data",
            providers.leases_graph,
            age=(60, 120),
        ),
        Route(
            "listProviderDeployments",
            "GET",
            "/v1/providers/{provider}/deployments/{skip}/{limit}",
            providers.list_deployments,
        ),
        Route("listAuditors", "GET", "/v1/auditors", providers.list_auditors),
        Route("listProviderRegions", "GET", "/v1/provider-regions", providers.list_regions),
        Route("getProviderAttributesSchema", "GET", "/v1/provider-attributes-schema", templates.attributes_schema),
        Route("screenProviders", "POST", "/v1/bid-screening", screening.screen, max_body=64 * 1024),
        Route("getBalances", "GET", "/v1/balances", wallet.balances),
        Route("listWallets", "GET", "/v1/wallets", wallet.list_wallets),
        Route("getWalletSettings", "GET", "/v1/wallet-settings", wallet.get_setting),
        Route("createWalletSettings", "POST", "/v1/wallet-settings", wallet.put_setting),
        Route("updateWalletSettings", "PUT", "/v1/wallet-settings", wallet.put_setting),
        Route("deleteWalletSettings", "DELETE", "/v1/wallet-settings", wallet.delete_setting),
        Route("getWeeklyCost", "GET", "/v1/weekly-cost", wallet.weekly_cost),
        Route("getUsageHistory", "GET", "/v1/usage/history", wallet.usage),
        Route("getUsageStats", "GET", "/v1/usage/history/stats", wallet.usage_stats),
        Route("getDeploymentSettingsV1", "GET", "/v1/deployment-settings/{userId}/{dseq}", settings.get_v1),
        Route("updateDeploymentSettingsV1", "PATCH", "/v1/deployment-settings/{userId}/{dseq}", settings.patch_v1),
        Route("createDeploymentSettingsV1", "POST", "/v1/deployment-settings", settings.create_v1),
        Route("getDeploymentSettings", "GET", "/v2/deployment-settings/{dseq}", settings.get_v2),
        Route("updateDeploymentSettings", "PATCH", "/v2/deployment-settings/{dseq}", settings.patch_v2),
        Route("createDeploymentSettings", "POST", "/v2/deployment-settings", settings.create_v2),
        Route("getUser", "GET", "/v1/user/me", account.me),
        Route("listApiKeys", "GET", "/v1/api-keys", account.list_keys),
        Route("createApiKey", "POST", "/v1/api-keys", account.create_key),
        Route("getApiKey", "GET", "/v1/api-keys/{id}", account.get_key),
        Route("updateApiKey", "PATCH", "/v1/api-keys/{id}", account.rename_key),
        Route("deleteApiKey", "DELETE", "/v1/api-keys/{id}", account.delete_key),
        Route("createJwtToken", "POST", "/v1/create-jwt-token", account.create_jwt),
        Route(
            "listAddressDeployments",
            "GET",
            "/v1/addresses/{address}/deployments/{skip}/{limit}",
            explorer.list_by_address,
            age=(6, 30),
        ),
        Route("getOwnerDeployment", "GET", "/v1/deployment/{owner}/{dseq}", explorer.get_by_owner, age=(30, 60)),
        Route("getPricing", "POST", "/v1/pricing", network.pricing, max_body=512),
        Route("getGpu", "GET", "/v1/gpu", network.gpu, age=(120, 300)),
        Route("listGpuModels", "GET", "/v1/gpu-models", network.gpu_models, age=(120, 300)),
        Route("getGpuBreakdown", "GET", "/v1/gpu-breakdown", network.gpu_breakdown, age=(120, 300)),
        Route("listGpuPrices", "GET", "/v1/gpu-prices", network.gpu_prices, age=(120, 300)),
        Route("getMarketData", "GET", "/v1/market-data", network.market_data, age=(300, 600)),
        Route("getCoinMarketData", "GET", "/v1/market-data/{coin}", network.market_data, age=(300, 600)),
        Route("getNetworkCapacity", "GET", "/v1/network-capacity", network.capacity, age=(15, 60)),
        Route("getBlockchainStatus", "GET", "/v1/blockchain-status", network.blockchain_status),
        Route("listTemplates", "GET", "/v1/templates-list", templates.list_templates, age=(300, 600)),
        Route("redirectTemplates", "GET", "/v1/templates-list.json", templates.redirect_list),
        Route("redirectTemplate", "GET", "/v1/templates/{id}.json", templates.redirect_template),
        Route("getTemplate", "GET", "/v1/templates/{id}", templates.get_template, age=(300, 600)),
        Route("getReadiness", "GET", "/v1/healthz/readiness", network.health),
        Route("getLiveness", "GET", "/v1/healthz/liveness", network.health),
        Route("getStatus", "GET", "/status", network.service_status),
        # The provider-proxy, a service of its own that lives behind the same address here (contract §15).
        Route("proxyProvider", "POST", "/", proxy.forward, owner=proxy.owner_of),
    )
)

__all__ = ["ROUTES", "Route", "Routes"]
