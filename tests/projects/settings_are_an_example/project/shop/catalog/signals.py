from environ import Env

env = Env()
QUEUE = env("SIGNALS_QUEUE")
