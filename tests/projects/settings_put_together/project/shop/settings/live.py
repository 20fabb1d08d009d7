from shop.settings.base import *

DEBUG = False
