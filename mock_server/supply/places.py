"""Where the providers of the simulated market stand: real cities, at least one in each of the Console's regions."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A city with data centres; `wide` is the free-form region name that older SDL files ask for."""

    city: str
    region: str
    region_code: str
    country: str
    country_code: str
    key: str
    wide: str
    timezone: str
    lat: str
    lon: str


def _read(table: str) -> tuple[Place, ...]:
    return tuple(Place(*map(str.strip, line.split("|"))) for line in table.strip().splitlines())


#: Where the `default` and `small` fleets stand. Their draws go by this list, so it never changes.
CLASSIC_PLACES = _read("""
Portland | Oregon | OR | United States | US | na-us-west | us-west | UTC-8 | 45.52 | -122.68
San Jose | California | CA | United States | US | na-us-west | us-west | UTC-8 | 37.34 | -121.89
Phoenix | Arizona | AZ | United States | US | na-us-southwest | us-west | UTC-7 | 33.45 | -112.07
Dallas | Texas | TX | United States | US | na-us-southwest | us-central | UTC-6 | 32.78 | -96.80
Chicago | Illinois | IL | United States | US | na-us-midwest | us-central | UTC-6 | 41.88 | -87.63
Ashburn | Virginia | VA | United States | US | na-us-southeast | us-east | UTC-5 | 39.04 | -77.49
Newark | New Jersey | NJ | United States | US | na-us-northeast | us-east | UTC-5 | 40.74 | -74.17
Toronto | Ontario | ON | Canada | CA | na-ca-central | ca-central | UTC-5 | 43.65 | -79.38
Frankfurt | Hesse | HE | Germany | DE | eu-central | eu-central | UTC+1 | 50.11 | 8.68
Falkenstein | Saxony | SN | Germany | DE | eu-central | eu-central | UTC+1 | 50.48 | 12.37
Warsaw | Mazovia | MZ | Poland | PL | eu-east | eu-east | UTC+1 | 52.23 | 21.01
Helsinki | Uusimaa | 18 | Finland | FI | eu-north | eu-north | UTC+2 | 60.17 | 24.94
Amsterdam | North Holland | NH | Netherlands | NL | eu-west | eu-west | UTC+1 | 52.37 | 4.90
London | England | ENG | United Kingdom | GB | eu-west | eu-west | UTC+0 | 51.51 | -0.13
Singapore | Central | 01 | Singapore | SG | as-southeast | ap-southeast | UTC+8 | 1.35 | 103.82
Tokyo | Tokyo | 13 | Japan | JP | as-east | ap-northeast | UTC+9 | 35.68 | 139.69
Sydney | New South Wales | NSW | Australia | AU | oc-aus | ap-south | UTC+10 | -33.87 | 151.21
Sao Paulo | Sao Paulo | SP | Brazil | BR | sa-brazil | sa-east | UTC-3 | -23.55 | -46.63
""")

#: All places; more of them where the real network has more providers.
PLACES = CLASSIC_PLACES + _read("""
Vancouver | British Columbia | BC | Canada | CA | na-ca-west | ca-west | UTC-8 | 49.28 | -123.12
Kelowna | British Columbia | BC | Canada | CA | na-ca-west | ca-west | UTC-8 | 49.89 | -119.50
Montreal | Quebec | QC | Canada | CA | na-ca-central | ca-central | UTC-5 | 45.50 | -73.57
Beauharnois | Quebec | QC | Canada | CA | na-ca-central | ca-central | UTC-5 | 45.32 | -73.87
Winnipeg | Manitoba | MB | Canada | CA | na-ca-prairie | ca-central | UTC-6 | 49.90 | -97.14
Calgary | Alberta | AB | Canada | CA | na-ca-prairie | ca-west | UTC-7 | 51.05 | -114.07
Halifax | Nova Scotia | NS | Canada | CA | na-ca-atlantic | ca-east | UTC-4 | 44.65 | -63.58
Whitehorse | Yukon | YT | Canada | CA | na-ca-north | ca-north | UTC-7 | 60.72 | -135.06
Seattle | Washington | WA | United States | US | na-us-west | us-west | UTC-8 | 47.61 | -122.33
Los Angeles | California | CA | United States | US | na-us-west | us-west | UTC-8 | 34.05 | -118.24
Las Vegas | Nevada | NV | United States | US | na-us-west | us-west | UTC-8 | 36.17 | -115.14
Salt Lake City | Utah | UT | United States | US | na-us-west | us-west | UTC-7 | 40.76 | -111.89
Austin | Texas | TX | United States | US | na-us-southwest | us-central | UTC-6 | 30.27 | -97.74
Houston | Texas | TX | United States | US | na-us-southwest | us-central | UTC-6 | 29.76 | -95.37
Tulsa | Oklahoma | OK | United States | US | na-us-southwest | us-central | UTC-6 | 36.15 | -95.99
Kansas City | Missouri | MO | United States | US | na-us-midwest | us-central | UTC-6 | 39.10 | -94.58
Minneapolis | Minnesota | MN | United States | US | na-us-midwest | us-central | UTC-6 | 44.98 | -93.27
Columbus | Ohio | OH | United States | US | na-us-midwest | us-east | UTC-5 | 39.96 | -83.00
Atlanta | Georgia | GA | United States | US | na-us-southeast | us-east | UTC-5 | 33.75 | -84.39
Miami | Florida | FL | United States | US | na-us-southeast | us-east | UTC-5 | 25.76 | -80.19
Charlotte | North Carolina | NC | United States | US | na-us-southeast | us-east | UTC-5 | 35.23 | -80.84
New York | New York | NY | United States | US | na-us-northeast | us-east | UTC-5 | 40.71 | -74.01
Boston | Massachusetts | MA | United States | US | na-us-northeast | us-east | UTC-5 | 42.36 | -71.06
Buffalo | New York | NY | United States | US | na-us-northeast | us-east | UTC-5 | 42.89 | -78.88
Panama City | Panama | 8 | Panama | PA | central-america | ca-central | UTC-5 | 8.98 | -79.52
Guatemala City | Guatemala | GU | Guatemala | GT | central-america | ca-central | UTC-6 | 14.63 | -90.51
Queretaro | Queretaro | QUE | Mexico | MX | central-america | mx-central | UTC-6 | 20.59 | -100.39
San Juan | San Juan | SJ | Puerto Rico | PR | caribbean | caribbean | UTC-4 | 18.47 | -66.11
Willemstad | Curacao | CW | Curacao | CW | caribbean | caribbean | UTC-4 | 12.11 | -68.93
Bogota | Bogota | DC | Colombia | CO | sa-north | sa-north | UTC-5 | 4.71 | -74.07
Medellin | Antioquia | ANT | Colombia | CO | sa-north | sa-north | UTC-5 | 6.24 | -75.58
Lima | Lima | LIM | Peru | PE | sa-west | sa-west | UTC-5 | -12.05 | -77.04
Quito | Pichincha | P | Ecuador | EC | sa-west | sa-west | UTC-5 | -0.18 | -78.47
Santiago | Santiago | RM | Chile | CL | sa-south | sa-west | UTC-4 | -33.45 | -70.67
Buenos Aires | Buenos Aires | C | Argentina | AR | sa-south | sa-south | UTC-3 | -34.60 | -58.38
Rio de Janeiro | Rio de Janeiro | RJ | Brazil | BR | sa-brazil | sa-east | UTC-3 | -22.91 | -43.17
Fortaleza | Ceara | CE | Brazil | BR | sa-brazil | sa-east | UTC-3 | -3.72 | -38.54
Berlin | Berlin | BE | Germany | DE | eu-central | eu-central | UTC+1 | 52.52 | 13.41
Munich | Bavaria | BY | Germany | DE | eu-central | eu-central | UTC+1 | 48.14 | 11.58
Zurich | Zurich | ZH | Switzerland | CH | eu-central | eu-central | UTC+1 | 47.38 | 8.54
Vienna | Vienna | 9 | Austria | AT | eu-central | eu-central | UTC+1 | 48.21 | 16.37
Prague | Prague | 10 | Czechia | CZ | eu-east | eu-east | UTC+1 | 50.08 | 14.44
Budapest | Budapest | BU | Hungary | HU | eu-east | eu-east | UTC+1 | 47.50 | 19.04
Kyiv | Kyiv | 30 | Ukraine | UA | eu-east | eu-east | UTC+2 | 50.45 | 30.52
Stockholm | Stockholm | AB | Sweden | SE | eu-north | eu-north | UTC+1 | 59.33 | 18.07
Oslo | Oslo | 03 | Norway | NO | eu-north | eu-north | UTC+1 | 59.91 | 10.75
Reykjavik | Capital Region | 1 | Iceland | IS | eu-north | eu-north | UTC+0 | 64.15 | -21.94
Vilnius | Vilnius | VL | Lithuania | LT | eu-north | eu-north | UTC+2 | 54.69 | 25.28
Bucharest | Bucharest | B | Romania | RO | eu-southeast | eu-southeast | UTC+2 | 44.43 | 26.10
Sofia | Sofia | 22 | Bulgaria | BG | eu-southeast | eu-southeast | UTC+2 | 42.70 | 23.32
Athens | Attica | I | Greece | GR | eu-southeast | eu-southeast | UTC+2 | 37.98 | 23.73
Milan | Lombardy | 25 | Italy | IT | eu-south | eu-south | UTC+1 | 45.46 | 9.19
Rome | Lazio | 62 | Italy | IT | eu-south | eu-south | UTC+1 | 41.90 | 12.50
Madrid | Madrid | MD | Spain | ES | eu-southwest | eu-southwest | UTC+1 | 40.42 | -3.70
Lisbon | Lisbon | 11 | Portugal | PT | eu-southwest | eu-southwest | UTC+0 | 38.72 | -9.14
Paris | Ile-de-France | IDF | France | FR | eu-west | eu-west | UTC+1 | 48.86 | 2.35
Dublin | Leinster | L | Ireland | IE | eu-west | eu-west | UTC+0 | 53.35 | -6.26
Manchester | England | ENG | United Kingdom | GB | eu-west | eu-west | UTC+0 | 53.48 | -2.24
Nairobi | Nairobi | 30 | Kenya | KE | af-east | af-east | UTC+3 | -1.29 | 36.82
Kigali | Kigali | 01 | Rwanda | RW | af-east | af-east | UTC+2 | -1.94 | 30.06
Luanda | Luanda | LUA | Angola | AO | af-middle | af-middle | UTC+1 | -8.84 | 13.29
Kinshasa | Kinshasa | KN | DR Congo | CD | af-middle | af-middle | UTC+1 | -4.32 | 15.31
Cairo | Cairo | C | Egypt | EG | af-north | af-north | UTC+2 | 30.04 | 31.24
Casablanca | Casablanca-Settat | 06 | Morocco | MA | af-north | af-north | UTC+1 | 33.57 | -7.59
Johannesburg | Gauteng | GP | South Africa | ZA | af-south | af-south | UTC+2 | -26.20 | 28.05
Cape Town | Western Cape | WC | South Africa | ZA | af-south | af-south | UTC+2 | -33.92 | 18.42
Lagos | Lagos | LA | Nigeria | NG | af-west | af-west | UTC+1 | 6.52 | 3.38
Accra | Greater Accra | AA | Ghana | GH | af-west | af-west | UTC+0 | 5.60 | -0.19
Almaty | Almaty | 75 | Kazakhstan | KZ | as-central | as-central | UTC+5 | 43.24 | 76.89
Tashkent | Tashkent | TK | Uzbekistan | UZ | as-central | as-central | UTC+5 | 41.30 | 69.24
Osaka | Osaka | 27 | Japan | JP | as-east | ap-northeast | UTC+9 | 34.69 | 135.50
Seoul | Seoul | 11 | South Korea | KR | as-east | ap-northeast | UTC+9 | 37.57 | 126.98
Taipei | Taipei | TPE | Taiwan | TW | as-east | ap-northeast | UTC+8 | 25.03 | 121.57
Hong Kong | Hong Kong | HK | Hong Kong | HK | as-east | ap-east | UTC+8 | 22.32 | 114.17
Jakarta | Jakarta | JK | Indonesia | ID | as-southeast | ap-southeast | UTC+7 | -6.21 | 106.85
Kuala Lumpur | Kuala Lumpur | 14 | Malaysia | MY | as-southeast | ap-southeast | UTC+8 | 3.14 | 101.69
Bangkok | Bangkok | 10 | Thailand | TH | as-southeast | ap-southeast | UTC+7 | 13.76 | 100.50
Ho Chi Minh City | Ho Chi Minh City | SG | Vietnam | VN | as-southeast | ap-southeast | UTC+7 | 10.82 | 106.63
Mumbai | Maharashtra | MH | India | IN | as-south | ap-south | UTC+5:30 | 19.08 | 72.88
Bengaluru | Karnataka | KA | India | IN | as-south | ap-south | UTC+5:30 | 12.97 | 77.59
Dubai | Dubai | DU | United Arab Emirates | AE | as-west | me-central | UTC+4 | 25.20 | 55.27
Istanbul | Istanbul | 34 | Turkey | TR | as-west | me-west | UTC+3 | 41.01 | 28.98
Tel Aviv | Tel Aviv | TA | Israel | IL | as-west | me-west | UTC+2 | 32.09 | 34.78
Melbourne | Victoria | VIC | Australia | AU | oc-aus | ap-south | UTC+10 | -37.81 | 144.96
Perth | Western Australia | WA | Australia | AU | oc-aus | ap-south | UTC+8 | -31.95 | 115.86
Auckland | Auckland | AUK | New Zealand | NZ | oc-nz | ap-south | UTC+12 | -36.85 | 174.76
Suva | Central | C | Fiji | FJ | oc-mel | oceania | UTC+12 | -18.14 | 178.44
Noumea | South Province | 02 | New Caledonia | NC | oc-mel | oceania | UTC+11 | -22.27 | 166.45
Hagatna | Hagatna | GU | Guam | GU | oc-mic | oceania | UTC+10 | 13.48 | 144.75
Papeete | Windward Islands | 01 | French Polynesia | PF | oc-pol | oceania | UTC-10 | -17.54 | -149.57
Honolulu | Hawaii | HI | United States | US | oc-pol | us-west | UTC-10 | 21.31 | -157.86
""")
