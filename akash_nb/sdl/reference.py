"""What every key of an SDL means, in a line each, and which values it takes: for hover texts and completion.

A path is written as its keys joined by `/`, where `*` stands for a name of your own and `-` for an item of a list:
`services/*/expose/-/port`. The rules are those of `akash_nb.sdl.schema`; a test holds the two together.
"""

from __future__ import annotations

#: Path -> what it means.
KEYS: dict[str, str] = {
    "version": 'Version of the SDL language, quoted: "2.0", or "2.1" for HTTP and IP endpoints by name.',
    "services": "What runs: one entry per container image, under a name of your own.",
    "services/*": "A service. Its name is used under `deployment`, in `to: - service:` and as its host name inside.",
    "services/*/image": "Docker image with a tag, such as nginx:1.27. A fixed tag makes restarts repeatable.",
    "services/*/command": "Replaces the image's entrypoint: a list of words, or null for the image's own.",
    "services/*/args": "Arguments of the command: a list of words, or null for the image's own.",
    "services/*/env": "Environment as a list of NAME=value. Providers can read it: keep passwords short-lived.",
    "services/*/dependencies": "Services that belong to this one.",
    "services/*/dependencies/-/service": "Name of the other service.",
    "services/*/credentials": "Login for a private image registry.",
    "services/*/credentials/host": "Host of the registry, such as docker.io or ghcr.io.",
    "services/*/credentials/username": "User name at the registry.",
    "services/*/credentials/password": "Password or token at the registry, from 6 characters. The provider gets it.",
    "services/*/credentials/email": "E-mail address at the registry, where it asks for one.",
    "services/*/expose": "Ports that can be reached, and from where.",
    "services/*/expose/-/port": "Port inside the container, 1 to 65535.",
    "services/*/expose/-/as": "Port seen from outside; left out, it is `port`. 80 makes it a web address.",
    "services/*/expose/-/proto": "tcp (default) or udp.",
    "services/*/expose/-/accept": "Host names of your own that the web address answers to; point their DNS at it.",
    "services/*/expose/-/to": "Who may reach the port: the internet, other services, or an IP of its own.",
    "services/*/expose/-/to/-/global": "true opens the port to the internet.",
    "services/*/expose/-/to/-/service": "Opens the port to this service of the same deployment.",
    "services/*/expose/-/to/-/ip": "Name under `endpoints`: the port gets a leased IP of its own. Needs global: true.",
    "services/*/expose/-/http_options": "Limits of the provider's HTTP proxy for this port.",
    "services/*/expose/-/http_options/max_body_size": "Largest request body in bytes, to 104857600; default 1048576.",
    "services/*/expose/-/http_options/read_timeout": "Milliseconds to wait for an answer, up to 60000 (default).",
    "services/*/expose/-/http_options/send_timeout": "Milliseconds to wait for a request, up to 60000 (default).",
    "services/*/expose/-/http_options/next_cases": "When the proxy tries another replica; `off` alone for never.",
    "services/*/expose/-/http_options/next_timeout": "Milliseconds in which another replica is tried; 0 is no limit.",
    "services/*/expose/-/http_options/next_tries": "How many replicas are tried; default 3.",
    "services/*/expose/-/http_options/proxy_buffer_size": "Buffer of the proxy in bytes, up to 1048576.",
    "services/*/params": "Mounts, rights and confidential computing of the service.",
    "services/*/params/storage": "Where its volumes are mounted, by the volume's name.",
    "services/*/params/storage/*": "A volume of the compute profile that has a name.",
    "services/*/params/storage/*/mount": "Absolute path in the container, such as /data.",
    "services/*/params/storage/*/readOnly": "true mounts it read-only.",
    "services/*/params/permissions": "What the service may read about its own lease.",
    "services/*/params/permissions/read": "List of deployment, logs, events.",
    "services/*/params/tee": "Confidential computing: cpu, or cpu-gpu (needs GPUs). Few providers have it.",
    "endpoints": "Leased IP addresses, by a name of your own in lower case.",
    "endpoints/*": "An IP address that is leased with the deployment; used by `to: - ip:`.",
    "endpoints/*/kind": "ip",
    "include": "Other files; the Console does not read them.",
    "reclamation": "How long in advance a provider must tell before it takes the resources back.",
    "reclamation/min_window": "Least notice: a whole number and s, m or h, such as 24h.",
    "profiles": "Sizes (`compute`) and places with prices (`placement`).",
    "profiles/compute": "Sizes, under names of your own.",
    "profiles/compute/*": "A size: the resources of one replica.",
    "profiles/compute/*/resources": "CPU, memory, storage and GPU of one replica.",
    "profiles/compute/*/resources/cpu": "Processors of one replica.",
    "profiles/compute/*/resources/cpu/units": "Cores: 0.5, 2, or in thousandths: 500m. The network takes 0.01 to 384.",
    "profiles/compute/*/resources/cpu/attributes": "What the processor must be, such as arch: arm64.",
    "profiles/compute/*/resources/memory": "Memory of one replica.",
    "profiles/compute/*/resources/memory/size": "With a unit: 512Mi, 4Gi. Mi and Gi count in 1024s, M and G in 1000s.",
    "profiles/compute/*/resources/storage": "One volume, or a list of volumes with names.",
    "profiles/compute/*/resources/gpu": "Graphics processors of one replica.",
    "profiles/compute/*/resources/gpu/units": "How many GPUs, up to 24. More than 0 needs `attributes`.",
    "profiles/compute/*/resources/gpu/attributes": "Which GPUs will do.",
    "profiles/compute/*/resources/gpu/attributes/vendor": "Who makes them: nvidia.",
    "profiles/compute/*/resources/gpu/attributes/vendor/nvidia": "Models that will do; nothing below it takes any.",
    "profiles/placement": "Where it may run and for how much, under names of your own.",
    "profiles/placement/*": "A placement group: it gets one lease with one provider.",
    "profiles/placement/*/attributes": "What the provider must state about itself, such as location-region.",
    "profiles/placement/*/signedBy": "Auditors who must have vouched for the provider.",
    "profiles/placement/*/signedBy/allOf": "Addresses of auditors: every one of them.",
    "profiles/placement/*/signedBy/anyOf": "Addresses of auditors: one of them is enough.",
    "profiles/placement/*/pricing": "The most you pay, by compute profile. Providers bid below it.",
    "profiles/placement/*/pricing/*": "The most you pay for one replica of this profile.",
    "profiles/placement/*/pricing/*/denom": "uact (millionths of a dollar credit) or uakt. The Console sets uact.",
    "profiles/placement/*/pricing/*/amount": "Most per block, about 6 s: 1000 uact are 59 cents an hour.",
    "deployment": "Which service runs where: service, then placement, then profile and count.",
    "deployment/*": "A service, by its name under `services`.",
    "deployment/*/*": "A placement, by its name under `profiles/placement`.",
    "deployment/*/*/profile": "Compute profile: how large each replica is.",
    "deployment/*/*/count": "How many replicas run; each is paid.",
}

_VOLUME = {
    "name": "Name of the volume, for `params/storage`.",
    "size": "Size with a unit: 512Mi, 10Gi. The network takes 5Mi to 32Ti.",
    "attributes": "Left out, the volume is lost when the container restarts.",
    "attributes/class": "beta1 is HDD, beta2 SSD, beta3 NVMe; ram is a share of the memory, such as /dev/shm.",
    "attributes/persistent": "true keeps the data for as long as the lease lives; ram is never persistent.",
}
_GPU = {
    "model": "Model in the network's own spelling, such as rtx4090 or h100.",
    "ram": "Memory of the GPU, such as 80Gi; left out, any will do.",
    "interface": "pcie or sxm; left out, either will do.",
}
_RESOURCES = "profiles/compute/*/resources"
KEYS |= {f"{_RESOURCES}/storage/{key}": doc for key, doc in _VOLUME.items()}
KEYS |= {f"{_RESOURCES}/storage/-/{key}": doc for key, doc in _VOLUME.items()}
KEYS |= {f"{_RESOURCES}/gpu/attributes/vendor/nvidia/-/{key}": doc for key, doc in _GPU.items()}

#: Attributes that providers state, from the attribute schema of the network; any other name is allowed too.
ATTRIBUTES: dict[str, str] = {
    "location-region": "Region of the provider, such as us-west or eu-central.",
    "location-type": "datacenter, colo, home, office, server-room or mix.",
    "country": "Two letters, such as US or DE.",
    "tier": "community, or akash for providers of Akash itself.",
    "organization": "Who runs the provider.",
    "host": "Who hosts it; akash is common.",
    "hardware-cpu": "intel, amd or arm.",
    "hardware-cpu-arch": "x86-64 or arm-64.",
    "hardware-gpu": "Maker of its GPUs.",
    "hardware-memory": "Kind of memory, such as ddr4 or ddr5ecc.",
    "feat-persistent-storage": "true where volumes can be persistent.",
    "feat-endpoint-ip": "true where an IP address can be leased.",
    "feat-endpoint-custom-domain": "true where `accept` works.",
    "network-provider": "Who connects it.",
    "network-speed-down": "Mbit/s.",
    "network-speed-up": "Mbit/s.",
}
KEYS |= {f"profiles/placement/*/attributes/{key}": doc for key, doc in ATTRIBUTES.items()}

_BOOLEANS = ("true", "false")
_SIZES = ("256Mi", "512Mi", "1Gi", "2Gi", "4Gi", "8Gi", "16Gi", "32Gi", "64Gi")
_VOLUMES = ("1Gi", "5Gi", "10Gi", "20Gi", "50Gi", "100Gi", "200Gi", "500Gi", "1Ti")
_CLASSES = ("beta1", "beta2", "beta3", "ram", "default")
_PLACEMENT = "profiles/placement/*/attributes"
_HTTP = "services/*/expose/-/http_options"

#: Path -> the values it takes, or usual ones. `=path` stands for the names that the text has below that path, and
#: `@regions`, `@gpu-models`, `@gpu-ram` for what the market has.
VALUES: dict[str, tuple[str, ...]] = {
    "version": ('"2.0"', '"2.1"'),
    "services/*/expose/-/proto": ("tcp", "udp"),
    "services/*/expose/-/to/-/global": _BOOLEANS,
    "services/*/expose/-/to/-/service": ("=services",),
    "services/*/expose/-/to/-/ip": ("=endpoints",),
    "services/*/dependencies/-/service": ("=services",),
    f"{_HTTP}/next_cases/-": ("error", "timeout", '"500"', '"502"', '"503"', '"504"', '"403"', '"404"', '"429"', "off"),
    "services/*/params/storage/*/readOnly": _BOOLEANS,
    "services/*/params/permissions/read/-": ("deployment", "logs", "events"),
    "services/*/params/tee": ("cpu", "cpu-gpu"),
    "endpoints/*/kind": ("ip",),
    "reclamation/min_window": ("1h", "4h", "24h", "72h"),
    f"{_RESOURCES}/cpu/units": ("100m", "250m", "500m", "1", "2", "4", "8", "16", "32"),
    f"{_RESOURCES}/memory/size": _SIZES,
    f"{_RESOURCES}/storage/size": _VOLUMES,
    f"{_RESOURCES}/storage/-/size": _VOLUMES,
    f"{_RESOURCES}/storage/attributes/class": _CLASSES,
    f"{_RESOURCES}/storage/-/attributes/class": _CLASSES,
    f"{_RESOURCES}/storage/attributes/persistent": _BOOLEANS,
    f"{_RESOURCES}/storage/-/attributes/persistent": _BOOLEANS,
    f"{_RESOURCES}/gpu/units": ("1", "2", "4", "8"),
    f"{_RESOURCES}/gpu/attributes/vendor/nvidia/-/model": ("@gpu-models",),
    f"{_RESOURCES}/gpu/attributes/vendor/nvidia/-/ram": ("@gpu-ram",),
    f"{_RESOURCES}/gpu/attributes/vendor/nvidia/-/interface": ("pcie", "sxm"),
    f"{_PLACEMENT}/location-region": ("@regions",),
    f"{_PLACEMENT}/location-type": ("datacenter", "colo", "home", "office", "server-room", "mix"),
    f"{_PLACEMENT}/tier": ("community", "akash"),
    f"{_PLACEMENT}/hardware-cpu": ("intel", "amd", "arm"),
    f"{_PLACEMENT}/hardware-cpu-arch": ("x86-64", "arm-64"),
    f"{_PLACEMENT}/hardware-gpu": ("nvidia", "amd", "intel"),
    f"{_PLACEMENT}/hardware-memory": ("ddr3", "ddr3ecc", "ddr4", "ddr4ecc", "ddr5", "ddr5ecc"),
    f"{_PLACEMENT}/feat-persistent-storage": ('"true"', '"false"'),
    f"{_PLACEMENT}/feat-endpoint-ip": ('"true"', '"false"'),
    f"{_PLACEMENT}/feat-endpoint-custom-domain": ('"true"', '"false"'),
    "profiles/placement/*/pricing/*/denom": ("uact", "uakt"),
    "deployment/*/*/profile": ("=profiles/compute",),
    "deployment/*/*/count": ("1", "2", "3"),
}

#: Path below which names of your own stand -> the part of the text whose names these are.
NAMES: dict[str, str] = {
    "deployment": "=services",
    "deployment/*": "=profiles/placement",
    "profiles/placement/*/pricing": "=profiles/compute",
}
