from shop.settings.base import *
