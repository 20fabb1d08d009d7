from core.conf.environ import env

SECRET_KEY = env("SECRET_KEY", default="s3cr3t")
TOKEN_PUBLIC_KEY = env("TOKEN_PUBLIC_KEY").replace("\\n", "\n")
