from core.conf.environ import env

CACHES = {"default": env.cache("REDISCLOUD_URL")}
