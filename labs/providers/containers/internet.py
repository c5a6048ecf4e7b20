"""What is not the internet, whoever routes there: labs with egress reach none of it."""

CLOSED_4 = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
)  # fmt: skip
# Of IPv6 only this is the internet; Teredo and 6to4 hide IPv4 addresses in it.
INTERNET_6 = "2000::/3"
CLOSED_6 = ("2001::/32", "2002::/16")
